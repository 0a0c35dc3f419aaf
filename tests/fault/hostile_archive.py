"""Archives that no honest program writes, made with Python's tarfile: one uncompressed full set."""

import hashlib
import io
import tarfile

STAMP = "20240101T000000Z"
FULL_TIME = 1704067200


def member(name, kind=tarfile.REGTYPE, data=b"", link="", mode=0o644):
    """One tar entry; `name` is stored as it is, with duplicity's prefix already in it."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = mode
    info.mtime = FULL_TIME
    info.linkname = link
    info.size = len(data)
    return info, data


def root():
    return member("snapshot/./", tarfile.DIRTYPE, mode=0o755)


def directory(name, mode=0o755):
    return member(f"snapshot/{name}/", tarfile.DIRTYPE, mode=mode)


def symlink(name, target):
    return member(f"snapshot/{name}", tarfile.SYMTYPE, link=target)


def write_set(target, members, kind=f"full.{STAMP}", hashed=True):
    """Writes volume and manifest. No signatures: a restore needs none (archive-format.md 10.8)."""
    target.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    volume = stream.getvalue()
    (target / f"duplicity-{kind}.vol1.difftar").write_bytes(volume)
    hash_line = f"    Hash SHA1 {hashlib.sha1(volume).hexdigest()}\n" if hashed else ""
    (target / f"duplicity-{kind}.manifest").write_text(
        "Hostname hostile\n"
        "Localdir /somewhere\n"
        "Volume 1:\n"
        "    StartingPath   .  \n"
        '    EndingPath     "\\xff"  \n'
        f"{hash_line}"
        "Filelist 0\n", encoding="ascii")
