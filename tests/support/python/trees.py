"""Source trees with everything a file system can hold, edits to them, and listings to compare.

A listing is what the golden tree-*.txt files hold (their README says how it is written): one row an
object, so that an expected tree can come from a file, from the source or from a restore alike.
"""

import hashlib
import os
import random
import shutil
import stat
import tempfile

EPOCH = 1_700_000_000
ROOT = os.geteuid() == 0


def can_make_devices():
    """Root in a container may be refused mknod(); then device nodes are left out everywhere."""
    if not ROOT:
        return False
    with tempfile.TemporaryDirectory() as scratch:
        try:
            os.mknod(os.path.join(scratch, "null"), 0o600 | stat.S_IFCHR, os.makedev(1, 3))
            # A file system mounted nodev makes nodes that restore fine; nothing here opens one.
            return True
        except OSError:
            return False


DEVICES = can_make_devices()


def noise(size, seed):
    """`size` bytes that do not compress, the same for the same seed."""
    return random.Random(seed).randbytes(size)


_WORDS = [bytes(random.Random(number).choices(b"etaoinshrdlu", k=2 + number % 8)) for number in range(2000)]


def text(size, seed):
    """`size` bytes that compress about as well as documents do."""
    return b" ".join(random.Random(seed).choices(_WORDS, k=size // 3 + 1))[:size]


class Tree:
    """A source tree, named by bytes, whose every time stamp is set by hand."""

    def __init__(self, root):
        self.root = os.fsencode(root)
        os.makedirs(self.root, exist_ok=True)

    def path(self, name):
        return os.path.join(self.root, os.fsencode(name)) if name else self.root

    def file(self, name, data=b"", mode=0o644, mtime=EPOCH, owner=None):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        self._attributes(path, mode, mtime, owner)

    def directory(self, name, mode=0o755, owner=None):
        os.makedirs(self.path(name), exist_ok=True)
        self._attributes(self.path(name), mode, EPOCH, owner)

    def link(self, name, target):
        os.symlink(os.fsencode(target), self.path(name))

    def fifo(self, name, mode=0o644):
        os.mkfifo(self.path(name))
        self._attributes(self.path(name), mode, EPOCH, None)

    def device(self, name, kind, major, minor):
        if DEVICES:
            os.mknod(self.path(name), kind | 0o660, os.makedev(major, minor))
            self._attributes(self.path(name), 0o660, EPOCH, None)

    def remove(self, name):
        path = self.path(name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)

    def stamp(self, mtime):
        """Gives every directory one time, so that it does not depend on how fast this machine is."""
        for folder, _, _ in os.walk(self.root):
            os.utime(folder, (mtime, mtime))

    def listing(self):
        return listing(self.root)

    @staticmethod
    def _attributes(path, mode, mtime, owner):
        if owner and ROOT:
            os.chown(path, *owner)
        os.chmod(path, mode)
        os.utime(path, (mtime, mtime))


def make_everything(root):
    """Every kind of object and the odd names of the golden vector `plain`, plus a few of its sizes."""
    tree = Tree(root)
    for name in (b"\x01ctl\x7f", b"#hash", b"*?[glob]", b"-dash", b"new\nline", b"nonutf8-\xff\xfe\xe9",
                 b"quote\"'back\\slash", b"space name ", b"tab\tname", b"trailing.",
                 "unicode-žluťoučký-日本-😀".encode(), b"n" * 100, b"m" * 255):
        tree.file(name, b"named " + name)

    # The ordering probe: index order is by components, not by the joined string.
    tree.file("a/hard3", b"one of three links")
    os.link(tree.path("a/hard3"), tree.path("hard1"))
    os.link(tree.path("a/hard3"), tree.path("hard2"))
    tree.file("a/inside", b"inside a")
    tree.file("a-b", b"after everything in a")
    tree.file("a.txt", b"a text")
    tree.file("a0", b"a zero")
    tree.file("long/" + "d" * 120 + "/" + "e" * 160 + "/" + "f" * 150, b"far down")

    tree.directory("empty dir", 0o2750, (12345, 23456))
    tree.file("deleted-dir/sub/x", b"will go")
    tree.file("deleted-file", b"will go too")
    tree.file("to-dir", b"a file that becomes a directory")
    tree.file("to-file/child", b"in a directory that becomes a file")
    tree.file("to-file/deeper/child", b"and below")
    tree.file("to-symlink", b"a file that becomes a link")

    tree.file("empty", b"")
    tree.file("k65535", noise(65535, 1))
    tree.file("exact64k", noise(65536, 2))
    tree.file("exact128k", text(131072, 3))
    tree.file("big.bin", noise(1_640_000, 4), 0o600, EPOCH - 100, (12345, 23456))
    tree.file("grow.bin", noise(70_000, 5))
    tree.file("sparse", b"")
    os.truncate(tree.path("sparse"), 400_000)
    os.utime(tree.path("sparse"), (EPOCH, EPOCH))

    if ROOT:  # Anybody else could not read it, which is a test of its own.
        tree.file("noperm", b"mode 0", 0)
    tree.file("setuid", b"mode 4755", 0o4755)
    tree.file("sticky", b"mode 1644", 0o1644)
    tree.file("permonly", b"only its mode changes")
    tree.file("mtimeonly", b"only its time changes")
    tree.file("owneronly", b"only its owner changes")
    tree.file("bigid", b"ids beyond 2^21", owner=(3_000_000, 4_000_000))
    tree.file("named-owner", b"ids with names", 0o640, owner=(1, 1))
    tree.file("futuremtime", b"2100", mtime=4_102_444_800)
    tree.file("hugemtime", b"> 2^33", mtime=8_589_934_597)
    tree.file("oldmtime", b"1970", mtime=0)
    tree.file("fracmtime", b"half a second", mtime=EPOCH + 0.5)

    tree.link("sym-abs", "/nonexistent/abs")
    tree.link("sym-change", "old-target")
    tree.link("sym-dir", "a")
    tree.link("sym-longtarget", "t" * 150)
    tree.link("sym-nonutf8", b"nonutf8-\xff\xfe\xe9")
    tree.link("sym-rel", "a/inside")
    tree.fifo("fifo", 0o620)
    tree.device("null-chr", stat.S_IFCHR, 1, 3)
    tree.device("loop-blk", stat.S_IFBLK, 7, 300)
    tree.stamp(EPOCH)
    return tree


def edit(tree, step):
    """The changes before set number `step` (1 to 5) of a chain that began with make_everything()."""
    now = EPOCH + step * 1000
    if step == 1:
        tree.file("a/inside", b"inside a, small change", mtime=now)
        tree.file("grow.bin", noise(70_000, 5) + noise(200_000, 6), mtime=now)
        os.chmod(tree.path("permonly"), 0o600)
        os.utime(tree.path("mtimeonly"), (now, now))
        if ROOT:
            os.chown(tree.path("owneronly"), 7, 8)
        tree.remove("to-dir")
        tree.file("to-dir/newchild", b"a directory now", mtime=now)
        tree.remove("to-file")
        tree.file("to-file", b"a file now", mtime=now)
        tree.remove("to-symlink")
        tree.link("to-symlink", "a.txt")
        tree.remove("sym-change")
        tree.link("sym-change", "new-target")
        tree.remove("deleted-dir")
        tree.remove("deleted-file")
        tree.file(b"added-\xe9\n", b"new, with an odd name", mtime=now)
        os.chmod(tree.path("fifo"), 0o600)
    elif step == 2:
        data = bytearray(noise(1_640_000, 4))
        data[800_000:800_004] = b"four"
        tree.file("big.bin", bytes(data), 0o600, now, (12345, 23456))
        tree.file("a.txt", b"", mtime=now)
        tree.file("deleted-file", b"back again", mtime=now)
        tree.file("to-dir/newchild", b"a directory still", mtime=now)
        tree.file("new-tree/one/two/three", b"deep", mtime=now)
    elif step == 3:
        pass  # An increment without a change is a set too.
    elif step == 4:
        tree.remove("a")
        tree.file("a", b"the directory a is a file", mtime=now)
        tree.remove("to-file")
        tree.file("to-file/again", b"a directory again", mtime=now)
        tree.file("exact64k", noise(65536, 2) + b"!", mtime=now)
        tree.file("exact128k", text(131072, 3)[:65536], mtime=now)
        tree.file("k65535", noise(65536, 7), mtime=now)
        tree.remove("fifo")
        tree.file("fifo", b"a file now", mtime=now)
    elif step == 5:
        tree.remove("new-tree")
        tree.file("big.bin", noise(1_700_000, 8), 0o644, now)
        tree.file("empty", b"no longer", mtime=now)
        tree.remove("empty dir")
        tree.remove("-dash")
        tree.file("sym-dir-2/child", b"", mtime=now)
    else:
        raise ValueError(f"there is no edit {step}")
    tree.stamp(now)


def quoted(raw):
    return "".join(chr(c) if 33 <= c < 127 and c != 92 else f"\\x{c:02x}" for c in raw)


def _digest(path, mode):
    """Of the content, also where the file's own mode keeps its owner from reading it."""
    locked = not ROOT and not mode & stat.S_IRUSR
    if locked:
        os.chmod(path, stat.S_IRUSR)
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    finally:
        if locked:
            os.chmod(path, stat.S_IMODE(mode))


def _row(path, relative):
    info = os.lstat(path)
    size = digest = extra = "-"
    if stat.S_ISREG(info.st_mode):
        kind, size = "f", str(info.st_size)
        digest = _digest(path, info.st_mode)
    elif stat.S_ISDIR(info.st_mode):
        kind = "d"
    elif stat.S_ISLNK(info.st_mode):
        kind, extra = "l", quoted(os.readlink(path))
    elif stat.S_ISFIFO(info.st_mode):
        kind = "p"
    elif stat.S_ISSOCK(info.st_mode):
        kind = "s"
    else:
        kind = "c" if stat.S_ISCHR(info.st_mode) else "b"
        extra = f"{os.major(info.st_rdev)},{os.minor(info.st_rdev)}"
    mode = "-" if kind == "l" else f"{stat.S_IMODE(info.st_mode):04o}"
    mtime = "-" if kind == "l" else str(int(info.st_mtime))
    return (kind, mode, str(info.st_uid), str(info.st_gid), mtime, size, digest, quoted(relative) or ".", extra)


def listing(root):
    """Rows of everything at and below `root`, depth first, names in byte order."""
    root = os.fsencode(root)
    rows = []

    def visit(relative):
        path = os.path.join(root, relative) if relative else root
        rows.append(_row(path, relative))
        if rows[-1][0] == "d":
            for name in sorted(os.listdir(path)):
                visit(os.path.join(relative, name))

    visit(b"")
    return rows


def golden_listing(path):
    """The rows of a tree-*.txt file."""
    with open(path, encoding="ascii") as file:
        return [tuple(line.rstrip("\n").split("\t")) for line in file]


def restorable(rows):
    """The rows as a restore by this user can bring them back, to compare two listings.

    Only root can give files away, with the set-id bits that lend their owners' rights, and make device
    nodes; sockets are never stored; the format keeps
    no time before 1970 (archive-format.md 4.1) and stores 0 instead.
    """
    kept = []
    for kind, mode, uid, gid, mtime, *rest in rows:
        if kind == "s" or (kind in "cb" and not DEVICES):
            continue
        if not ROOT:
            uid = gid = "-"
            if kind == "f":
                mode = f"{int(mode, 8) & 0o1777:04o}"
        if mtime.startswith("-") and mtime != "-":
            mtime = "0"
        kept.append((kind, mode, uid, gid, mtime, *rest))
    return kept


def differences(expected, actual):
    """What separates two listings, as lines for people; empty if they are the same tree."""
    expected = {row[7]: row for row in restorable(expected)}
    actual = {row[7]: row for row in restorable(actual)}
    lines = []
    for path in sorted(expected.keys() | actual.keys()):
        if expected.get(path) != actual.get(path):
            lines.append(f"{path}: expected {expected.get(path)}, got {actual.get(path)}")
    return lines
