"""Where files are carried to: one transport on one server each, and how the programs name it.

What a run stores lies in a directory of its own below, called `where` throughout.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import Server

GIB = 1 << 30
BUCKET = "bench"
PART = 5 << 20  # the least of S3


@dataclass
class Place:
    name: str
    url: str  # duplid's
    rclone: str  # the same as rclone names it
    remove: Callable[[str], None]  # what a run left, given its `where`
    options: dict = field(default_factory=dict)  # of the target, as the protocol has them
    variables: dict = field(default_factory=dict)  # that duplid is given
    rclone_values: dict = field(default_factory=dict)  # the environment that tells rclone of it
    ssh: Optional[Server] = None  # what scp and libssh2 reach
    folder: Optional[Path] = None  # where the server keeps it, if that is a directory


def _in(folder):
    def remove(where):
        left = folder / where
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)
    return remove


def _rclone_values(**settings):
    """One remote called "there", without a file of configuration."""
    return {"RCLONE_CONFIG": "/notfound"} | {
        f"RCLONE_CONFIG_THERE_{name.upper()}": str(value) for name, value in settings.items()}


def a_directory(work, start):
    folder = work / "target"
    folder.mkdir()
    yield Place("file", f"file://{folder}", str(folder), _in(folder), folder=folder)


def sftp(work, start):
    """Twice: through libssh2, and through the ssh program."""
    sshd = start("sshd")
    folder = Path(sshd.directory) / "data"
    words = ["-F none", f"-oIdentityFile={sshd['SSH_KEY']}", "-oIdentitiesOnly=yes",
             f"-oUserKnownHostsFile={sshd['SSH_KNOWN_HOSTS']}", "-oGlobalKnownHostsFile=none"]
    home = work / "home"
    for name, engine in (("sftp, libssh2", "paramiko+"), ("sftp, ssh program", "pexpect+")):
        yield Place(
            name, f"{engine}sftp://{sshd['SSH_USER']}@127.0.0.1:{sshd.port}/{folder}", f"there:{folder}", _in(folder),
            options={"ssh_options": " ".join(words)},
            variables={"HOME": str(home), "PATH": os.environ["PATH"]},
            # Without the sums that it has a shell at the server make, a login for each file: nobody else looks
            # at more than sizes, and a thousand files took two minutes.
            rclone_values=_rclone_values(type="sftp", host="127.0.0.1", port=sshd.port, user=sshd["SSH_USER"],
                                         key_file=sshd["SSH_KEY"], known_hosts_file=sshd["SSH_KNOWN_HOSTS"],
                                         disable_hashcheck="true"),
            ssh=sshd, folder=folder)


def webdav(work, start):
    apache = start("apache-dav")
    folder = Path(apache["DAV_ROOT"]) / "basic"
    obscured = subprocess.run(["rclone", "obscure", apache["DAV_PASSWORD"]], check=True, capture_output=True,
                              text=True).stdout.strip()
    yield Place(
        "webdav", f"webdav://{apache['DAV_USER']}@127.0.0.1:{apache.port}/basic", "there:", _in(folder),
        variables={"FTP_PASSWORD": apache["DAV_PASSWORD"]},
        rclone_values=_rclone_values(type="webdav", url=f"http://127.0.0.1:{apache.port}/basic", vendor="other",
                                     user=apache["DAV_USER"], **{"pass": obscured}),
        folder=folder)


def s3(work, start):
    ceph = start("radosgw", S3_CLASSES=0, S3_STORE_BYTES=16 * GIB)
    values = _rclone_values(type="s3", provider="Ceph", endpoint=ceph["S3_ENDPOINT"],
                            access_key_id=ceph["AWS_ACCESS_KEY_ID"], secret_access_key=ceph["AWS_SECRET_ACCESS_KEY"])

    def run(*words):
        subprocess.run(words, check=True, capture_output=True, env={"PATH": os.environ["PATH"]} | values)

    def remove(where):
        run("rclone", "purge", f"there:{BUCKET}/{where}")
        run("radosgw-admin", "-c", ceph["CEPH_CONF"], "-n", "client.admin", "gc", "process", "--include-all")

    # The gateway makes a pool for uploads in parts at the first of them, which takes seconds.
    first = work / "first"
    first.write_bytes(bytes(2 * PART))
    run("rclone", "copy", "--s3-upload-cutoff", str(PART), first, f"there:{BUCKET}")
    run("rclone", "delete", f"there:{BUCKET}")
    yield Place(
        "s3", f"boto3+s3://{BUCKET}", f"there:{BUCKET}", remove,
        options={"s3_endpoint_url": ceph["S3_ENDPOINT"], "s3_region_name": ceph["S3_REGION"]},
        variables={name: ceph[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
        rclone_values=values)


# By the names that --transport takes. Each is given the directory to work in and what starts a server.
TRANSPORTS = {"file": a_directory, "sftp": sftp, "webdav": webdav, "s3": s3}
