"""Trees to back up, made of what this machine has and of seeded noise."""

import os
import random
import shutil
import stat

MIB = 1 << 20
# What a home or a server holds, by kind: binaries, headers, documents, data. In this order until the
# size is reached, a third of it each at most, so that one kind does not fill it all.
PLACES = ("/usr/lib/x86_64-linux-gnu", "/usr/include", "/usr/share/doc", "/usr/share", "/usr/lib", "/usr/bin")
NOISE_SHARE = 0.12  # photographs, films, archives: what does not shrink


def _copyable(place):
    for folder, folders, files in os.walk(place):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            try:
                info = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISREG(info.st_mode) and info.st_size < 64 * MIB and os.access(path, os.R_OK):
                yield path, info.st_size


def noise(path, size, seed):
    rng = random.Random(seed)
    with open(path, "wb") as file:
        while size > 0:
            piece = min(size, MIB)
            file.write(rng.randbytes(piece))
            size -= piece


def mixed(root, size):
    """About `size` bytes: files of this system, and noise. Returns the bytes made."""
    os.makedirs(root)
    made = int(size * NOISE_SHARE)
    for number in range(8):
        noise(os.path.join(root, f"noise-{number}"), made // 8, number)
    seen = set()
    for round_share in (1 / 3, 1.0):
        for place in PLACES:
            budget = size * round_share
            for path, file_bytes in _copyable(place):
                if made >= size or budget <= 0:
                    break
                if path in seen:
                    continue
                seen.add(path)
                copy = os.path.join(root, path.lstrip("/"))
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                shutil.copyfile(path, copy)
                made += file_bytes
                budget -= file_bytes
    return made


def many(root, count, file_bytes=2048):
    """`count` small files, a hundred a directory."""
    data = random.Random(1).randbytes(file_bytes)
    for number in range(count):
        folder = os.path.join(root, f"{number // 10000:03}", f"{number // 100:05}")
        if number % 100 == 0:
            os.makedirs(folder)
        with open(os.path.join(folder, f"file-{number}"), "wb") as file:
            file.write(b"%d" % number + data[:file_bytes - 8])


def empty(root, count):
    """`count` files without content, a hundred a directory: what names and rows alone cost."""
    for number in range(count):
        folder = os.path.join(root, f"{number // 10000:03}", f"{number // 100:05}")
        if number % 100 == 0:
            os.makedirs(folder)
        os.close(os.open(os.path.join(folder, f"file-{number:07}"), os.O_CREAT | os.O_WRONLY))


def touch_some(root, every, step):
    """Gives every so-many-th file of many() other content; `step` says which round it is."""
    number = step
    while True:
        path = os.path.join(root, f"{number // 10000:03}", f"{number // 100:05}", f"file-{number}")
        if not os.path.exists(path):
            return
        with open(path, "ab") as file:
            file.write(b"round %d" % step)
        number += every


def compressible(root, size):
    """One large file that shrinks: repeated lines with a running number."""
    os.makedirs(root)
    with open(os.path.join(root, "large"), "wb") as file:
        for piece in range(size // MIB):
            file.write((b"line %012d of a log that says much the same all day long\n" % piece * 20000)[:MIB])


def one_file(root, size):
    """One large file of this system's files one after the other, and noise: blocks that all differ."""
    os.makedirs(root)
    with open(os.path.join(root, "large"), "wb") as file:
        noise_left = int(size * NOISE_SHARE)
        rng = random.Random(2)
        while file.tell() < size:
            for path in (path for place in PLACES for path, _ in _copyable(place)):
                with open(path, "rb") as piece:
                    shutil.copyfileobj(piece, file, MIB)
                if noise_left > 0:
                    noise_left -= file.write(rng.randbytes(min(noise_left, MIB)))
                if file.tell() >= size:
                    break
        file.truncate(size)


def digits(root, size):
    """One large file of hexadecimal digits: it shrinks by half, and all of its blocks differ."""
    os.makedirs(root)
    rng = random.Random(3)
    with open(os.path.join(root, "large"), "wb") as file:
        for _ in range(size // MIB):
            file.write(rng.randbytes(MIB // 2).hex().encode("ascii"))


def sparse(root, size):
    """One file that is a hole but for a MiB of noise in each 64th of it."""
    os.makedirs(root)
    with open(os.path.join(root, "large"), "wb") as file:
        file.truncate(size)
        for number in range(64):
            file.seek(size // 64 * number)
            file.write(random.Random(number).randbytes(MIB))


def rewrite(root, seed, share=1.0):
    """Each byte of this much of the large file becomes another: it shrinks as before, and no block is
    what it was."""
    permutation = list(range(256))
    random.Random(seed).shuffle(permutation)
    with open(os.path.join(root, "large"), "r+b") as file:
        left = int(os.fstat(file.fileno()).st_size * share)
        while left > 0:
            piece = file.read(min(left, MIB)).translate(bytes(permutation))
            file.seek(-len(piece), os.SEEK_CUR)
            left -= file.write(piece)


def overwrite(root, seed, share=0.01):
    """Noise in one place of the large file."""
    path = os.path.join(root, "large")
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 3 + seed * size // 16)
        file.write(random.Random(seed).randbytes(int(size * share)))


def any_file(root):
    """A file of ordinary size from the middle of a tree, relative to it: the one to restore alone."""
    paths = sorted(
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, files in os.walk(root) for name in files
        if 4096 <= os.path.getsize(os.path.join(folder, name)) <= MIB)
    return paths[len(paths) // 2]


def bytes_of(root):
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, files in os.walk(root) for name in files)
