"""The programs that carry files: the words by which each puts a directory's files to a place, and gets
them from there into a directory that is not there yet."""

import json
import os
import shutil
from pathlib import Path

# What libssh2's own functions are given at once; which is best is seen.
LIBSSH2_BUFFERS_KIB = (32, 256, 1024, 4096)


class Carrier:
    name = ""
    # Several files at once, as many as it is told.
    is_concurrent = True

    def __init__(self, concurrency):
        self.concurrency = str(concurrency)

    def available(self):
        return True

    def reaches(self, place):
        return True

    def values(self, place):
        """Beside what all get."""
        return {}


class Duplid(Carrier):
    name = "duplid"

    def __init__(self, build, concurrency):
        super().__init__(concurrency)
        self.program = Path(build).resolve() / "tests" / "bench" / "bench_transfer"

    def available(self):
        return self.program.exists()

    def values(self, place):
        return {"DUPLID_BENCH_OPTIONS": json.dumps(place.options),
                "DUPLID_BENCH_VARIABLES": json.dumps(place.variables)}

    def put(self, place, source, where):
        return [self.program, "put", f"{place.url}/{where}", source, self.concurrency]

    def get(self, place, where, destination):
        return [self.program, "get", f"{place.url}/{where}", destination, self.concurrency]


class Rclone(Carrier):
    name = "rclone"

    def available(self):
        return shutil.which("rclone") is not None

    def values(self, place):
        return place.rclone_values

    def _copy(self, source, destination):
        return ["rclone", "copy", source, destination, "--transfers", self.concurrency,
                "--checkers", self.concurrency]

    def _path(self, place, where):
        return place.rclone + ("" if place.rclone.endswith(":") else "/") + where

    def put(self, place, source, where):
        return self._copy(source, self._path(place, where))

    def get(self, place, where, destination):
        return self._copy(self._path(place, where), destination)


class Scp(Carrier):
    name = "scp"
    is_concurrent = False

    def available(self):
        return shutil.which("scp") is not None

    def reaches(self, place):
        return place.ssh is not None

    def _copy(self, place, source, destination):
        return ["scp", "-q", "-r", "-F", place.ssh["SSH_CONFIG"], source, destination]

    def put(self, place, source, where):
        return self._copy(place, source, f"127.0.0.1:{place.folder / where}")

    def get(self, place, where, destination):
        return self._copy(place, f"127.0.0.1:{place.folder / where}", destination)


class Libssh2(Carrier):
    """libssh2's own sftp, given so much at once. One file alone; it is called like the directory."""

    is_concurrent = False

    def __init__(self, build, buffer_kib):
        super().__init__(1)
        self.program = Path(build).resolve() / "tests" / "bench" / "bench_libssh2"
        self.name = f"libssh2, {buffer_kib} KiB"
        self.buffer = str(buffer_kib << 10)

    def available(self):
        return self.program.exists()

    def reaches(self, place):
        return "libssh2" in place.name

    def _words(self, verb, place, local, where):
        ssh = place.ssh
        return [self.program, verb, "127.0.0.1", str(ssh.port), ssh["SSH_USER"], ssh["SSH_KEY"], local,
                place.folder / where, self.buffer]

    def put(self, place, source, where):
        file, = source.iterdir()
        return self._words("put", place, file, where)

    def get(self, place, where, destination):
        # It has one name only, so the file's own is that which all sources of one file have.
        os.mkdir(destination)
        return self._words("get", place, destination / ONE_FILE, where)


# The name of the only file in a directory of one.
ONE_FILE = "volume"


def carriers(build, concurrency):
    """duplid first: the others are told as multiples of it."""
    everyone = [Duplid(build, concurrency), Rclone(concurrency), Scp(concurrency),
                *(Libssh2(build, kib) for kib in LIBSSH2_BUFFERS_KIB)]
    return [carrier for carrier in everyone if carrier.available()]
