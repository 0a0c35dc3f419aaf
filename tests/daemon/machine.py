"""A machine that a real systemd boots and runs: process 1 of namespaces of its own (processes, mounts, control groups,
network, IPC, name), on an overlay of this machine's root in which everything may be written and nothing of it stays.
Processors, kernel and the installed programs are this machine's; clock, kernel settings and disks are out of reach."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import wait_for

SYSTEMD = "/lib/systemd/systemd"
NAMESPACES = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork"]
BOOTED = 300.0  # seconds, on a machine that is busy with other tests

# $1: an empty directory, $2: the text of INSIDE, $3: systemd. Goes on for as long as its standard input is open, and leaves nothing.
OUTSIDE = r"""
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$1"
mkdir "$1/upper" "$1/work" "$1/tree" "$1/groups"
# The hierarchy that systemd needs (cgroups(7), version 2), whether or not it is mounted here.
mount -t cgroup2 none "$1/groups"
own=$1/groups$(sed -n 's/^0:://p' /proc/self/cgroup)
group=$own/duplid-test-$$
mkdir "$group"
echo $$ >"$group/cgroup.procs"
unshare --mount --uts --ipc --net --pid --cgroup --fork --kill-child bash -c "$2" machine "$1" "$3" </dev/null &
machine=$!
cat >/dev/null
kill -KILL $machine
wait $machine || true
echo $$ >"$own/cgroup.procs"
# The last of its processes may not be gone yet.
for i in $(seq 600); do
    ! find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || break
    sleep 0.1
done
"""

# As systemd-nspawn(1) lays a container out. The first line of output is the number of process 1 outside.
INSIDE = r"""
set -e
read -r number _ </proc/self/stat
echo "$number"
umount "$1/groups"
root=$1/tree
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$root"
mount -t proc proc "$root/proc"
for path in proc/sys proc/sysrq-trigger; do
    [ -e "$root/$path" ] || continue
    mount --bind "$root/$path" "$root/$path"
    mount -o remount,bind,ro "$root/$path"
done
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<<"$device"
    mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for stream in stdin:0 stdout:1 stderr:2; do ln -s "fd/${stream#*:}" "$root/dev/${stream%:*}"; done
for path in dev/shm tmp var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$root/$path"; done
for path in run home srv; do mount -t tmpfs -o mode=755 tmpfs "$root/$path"; done
mount -t tmpfs -o mode=700 tmpfs "$root/root"
# Of this machine's own services none is to run there, and nothing is to reach for the kernel.
rm -rf "$root"/etc/systemd/{system,user}/*.{wants,requires} "$root/var/log/journal" "$root"/etc/duplid "$root"/var/{lib,cache}/duplid
: >"$root/etc/fstab"
# man-db would index all pages of this machine whenever a package is installed.
rm -f "$root/var/lib/man-db/auto-update"
echo machine >"$root/etc/hostname"
for unit in systemd-modules-load.service systemd-journald-audit.socket sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nStorage=volatile\nAudit=no\nReadKMsg=no\nRateLimitIntervalSec=0\n' >"$root/etc/systemd/journald.conf.d/test.conf"
printf '[Unit]\nRequires=basic.target dbus.socket\nAfter=basic.target dbus.socket\n' >"$root/etc/systemd/system/machine.target"
hostname machine
cd "$root"
mkdir outside
pivot_root . outside
umount -l outside
rmdir outside
mount --make-rshared /
exec setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-wake_alarm \
    env -i container=duplid-test PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    "$2" --system --unit=machine.target --log-target=journal --show-status=no >&2
"""

PROBE = r"""
set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/tree" "$1/groups"
mount -t cgroup2 none "$1/groups"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/tree"
mount -t proc proc "$1/tree/proc"
mknod "$1/null" c 1 3
"""


def obstacle():
    """What of the kernel's is forbidden here and needed for it; empty: nothing."""
    if os.geteuid() != 0:
        return "only root may make a machine"
    with tempfile.TemporaryDirectory(prefix="duplid-test-") as place:
        probe = subprocess.run(["unshare", *NAMESPACES, "bash", "-c", PROBE, "probe", place], capture_output=True, text=True,
                               check=False)
    return "" if probe.returncode == 0 else "no right to namespaces or mounts: " + probe.stderr.strip()


class Machine:
    """Booted when it is made. Must be closed, but ends with this process in any case."""

    def __init__(self):
        # Not a TemporaryDirectory: what is mounted on it is seen by the machine alone.
        self.place = tempfile.mkdtemp(prefix="duplid-test-")
        # pylint: disable=consider-using-with
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(["unshare", "--mount", "bash", "-c", OUTSIDE, "outside", self.place,
                                         INSIDE, SYSTEMD],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        try:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError("the machine was not made")
            self.first = int(line)
            self.root = Path(f"/proc/{self.first}/root")
            wait_for(self.listens, "systemd to listen", BOOTED)
            self.run("systemctl", "is-system-running", "--wait", status=None, timeout=BOOTED)
            wait_for(lambda: self.state("machine.target") == "active", "the machine to be up", BOOTED)
        except BaseException as error:
            self.log.seek(0)
            said = self.log.read()
            self.close()
            raise AssertionError(f"{error}: {said}") from error

    def listens(self):
        if not self.root.parent.exists():
            raise AssertionError("the machine ended")
        return (self.root / "run/systemd/private").exists()

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=BOOTED)
        self.process.stdout.close()
        self.log.close()
        os.rmdir(self.place)

    def run(self, *words, status=0, user=None, timeout=BOOTED, **environment):
        """A program inside; what it wrote, both streams. As root, or in a unit of its own as another user."""
        if user is not None:
            words = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--uid={user}",
                     *(f"--setenv={name}={value}" for name, value in environment.items()), "--", *words]
            environment = {}
        done = subprocess.run(
            ["nsenter", f"--target={self.first}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "env",
             "--chdir=/", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root",
             *(f"{name}={value}" for name, value in environment.items()), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=timeout, check=False)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{' '.join(words)} ended with {done.returncode}, not {status}: {done.stdout}")
        return done.stdout

    def script(self, text, **more):
        return self.run("bash", "-euc", text, **more)

    def path(self, name):
        """Of a file of the machine's, for whoever is outside."""
        return self.root / name.lstrip("/")

    def put(self, name, content, mode=0o644):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)

    def state(self, unit):
        return self.run("systemctl", "is-active", unit, status=None).strip()

    def show(self, unit, *names, manager="--system"):
        """Properties of a unit; of a single one only its value."""
        text = self.run("systemctl", manager, "show", unit, *(f"--property={name}" for name in names))
        found = dict(line.split("=", 1) for line in text.splitlines())
        return found[names[0]] if len(names) == 1 else found


class MachineTest(unittest.TestCase):
    """Tests that share one machine: setUpModule() makes it with `begin`, tearDownModule() ends it with `end`."""

    machine = None
    reason = ""

    @classmethod
    def begin(cls):
        MachineTest.reason = obstacle()
        if not MachineTest.reason:
            MachineTest.machine = Machine()

    @classmethod
    def end(cls):
        if MachineTest.machine is not None:
            MachineTest.machine.close()
            MachineTest.machine = None

    def setUp(self):
        if self.reason:
            self.skipTest(self.reason)
