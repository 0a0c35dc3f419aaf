#!/usr/bin/env python3
"""Writes tars in the formats that duplid must read but never writes, and what is in them.

    make_witnesses.py DIRECTORY

Needs GNU tar. Run once (Python 3.11, GNU tar 1.34); the results are committed beside this script,
compressed. Each NAME.tar.gz gets a NAME.txt as Python's tarfile, which duplicity reads with, understands it, one
line an entry, tab separated: type, mode, uid, gid, size, mtime (rounded down), name, link target,
uname, gname, device, sha256 of the data. Bytes outside 0x21-0x7e and backslash are written \\xNN.
"""
import gzip
import hashlib
import io
import math
import os
import subprocess
import sys
import tarfile
import tempfile

LETTERS = {
    tarfile.REGTYPE: "f", tarfile.AREGTYPE: "f", tarfile.LNKTYPE: "h", tarfile.SYMTYPE: "l",
    tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b", tarfile.DIRTYPE: "d", tarfile.FIFOTYPE: "p",
}


def escape(text):
    return "".join(chr(b) if 0x21 <= b <= 0x7e and b != 0x5c else f"\\x{b:02x}"
                   for b in os.fsencode(text))


def listing(path):
    lines = []
    with tarfile.open(path) as tar:
        for entry in tar:
            data = tar.extractfile(entry).read() if entry.isreg() else b""
            device = f"{entry.devmajor},{entry.devminor}" if entry.isdev() and not entry.isfifo() else "-"
            lines.append("\t".join([
                LETTERS[entry.type], f"{entry.mode:04o}", str(entry.uid), str(entry.gid),
                str(len(data)), str(math.floor(entry.mtime)), escape(entry.name),
                escape(entry.linkname), escape(entry.uname), escape(entry.gname), device,
                hashlib.sha256(data).hexdigest()]))
    return "".join(line + "\n" for line in lines)


def entry(name, type=tarfile.REGTYPE, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mtime = type, len(data), 1704067200
    for key, value in fields.items():
        setattr(info, key, value)
    return info, io.BytesIO(data)


def by_tarfile(path, format, entries, **options):
    with tarfile.open(path, "w", format=format, **options) as tar:
        for info, data in entries:
            data.seek(0)
            tar.addfile(info, data)


def by_gnu_tar(path, tree, *options):
    subprocess.run(["tar", "--create", "--file", path, "--directory", tree, "--sort=name",
                    "--owner=somebody:1234", "--group=some group:5678", *options, "."], check=True)


def main():
    out = sys.argv[1]
    long_name = "snapshot/" + "/".join(["directory"] * 12) + "/file"
    names = [
        entry("snapshot/plain", data=b"text\n", mode=0o4755, uid=1, gid=2, uname="one", gname="two"),
        entry("snapshot/empty"),
        entry(long_name, data=b"x" * 600),
        entry("snapshot/" + os.fsdecode(b"\xff\xfe-\n-\xc3\xa9")),
        entry("snapshot/dir/", tarfile.DIRTYPE, mode=0o755),
        entry("snapshot/link", tarfile.SYMTYPE, linkname="y" * 150, mode=0o777),
        entry("snapshot/hard", tarfile.LNKTYPE, linkname="snapshot/plain"),
        entry("snapshot/fifo", tarfile.FIFOTYPE),
        entry("snapshot/tty", tarfile.CHRTYPE, devmajor=4, devminor=64),
        entry("snapshot/disk", tarfile.BLKTYPE, devmajor=259, devminor=1048575),
        entry("snapshot/owner", uid=3000000, gid=4294967294),
        entry("snapshot/late", mtime=8589934597),
        entry("snapshot/early", mtime=-86400),
        entry("snapshot/block", data=b"z" * 512),
    ]
    by_tarfile(f"{out}/tarfile-gnu.tar", tarfile.GNU_FORMAT, names)
    by_tarfile(f"{out}/tarfile-pax.tar", tarfile.PAX_FORMAT, names, pax_headers={
        "comment": "a global header", "gname": "everybody"})

    with tempfile.TemporaryDirectory() as tree:
        deep = f"{tree}/" + "/".join(["component-" + c * 20 for c in "abcde"])
        os.makedirs(deep)
        for path, data in [(f"{tree}/a", b"first"), (f"{deep}/b", b"second" * 100)]:
            with open(path, "wb") as file:
                file.write(data)
            os.utime(path, ns=(1704067200_000000000, 1704067201_250000000))
        os.symlink("a", f"{tree}/symlink")
        os.link(f"{tree}/a", f"{tree}/z-hard")
        os.mkfifo(f"{tree}/pipe")
        os.utime(deep, (0, 0))
        fixed = ["--mtime=@1704067200.75", "--mode=a=rX"]
        by_gnu_tar(f"{out}/gnutar-ustar.tar", tree, "--format=ustar", *fixed)
        by_gnu_tar(f"{out}/gnutar-gnu.tar", tree, "--format=gnu", *fixed)
        by_gnu_tar(f"{out}/gnutar-oldgnu.tar", tree, "--format=oldgnu", *fixed)
        by_gnu_tar(f"{out}/gnutar-pax.tar", tree, "--format=pax", *fixed,
                   "--pax-option=globexthdr.name=globals,exthdr.name=%d/PaxHeaders/%f,"
                   "delete=ctime,delete=atime,comment=hello")
        # v7 can hold neither the fifo nor names as long.
        by_gnu_tar(f"{out}/gnutar-v7.tar", tree, "--format=v7", "--exclude=./pipe",
                   "--exclude=component-d*", *fixed)
        with open(f"{tree}/sparse", "wb") as file:
            file.truncate(1 << 20)
            file.seek(512 << 10)
            file.write(b"data")
        for kind in ("gnu", "pax"):
            subprocess.run(["tar", "--create", "--sparse", f"--format={kind}", "--file",
                            f"{out}/sparse-{kind}.tar", "--directory", tree, "sparse"], check=True)

    for name in sorted(os.listdir(out)):
        if name.endswith(".tar"):
            path = f"{out}/{name}"
            if not name.startswith("sparse"):
                with open(f"{path[:-4]}.txt", "w") as file:
                    file.write(listing(path))
            with open(path, "rb") as tar, open(f"{path}.gz", "wb") as packed:
                packed.write(gzip.compress(tar.read(), mtime=0))
            os.remove(path)


main()
