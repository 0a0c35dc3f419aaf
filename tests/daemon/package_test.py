"""The Debian package: what lintian says, and its life on a machine: this one's root, seen through an overlay
in which everything may be written and nothing of it stays."""

import os
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ["DUPLID_BUILD"]

# Runs in a mount namespace of its own. Nothing of systemd is in there: a stand-in writes down what it is asked.
ENTER = r"""
set -e
mount --make-rprivate /
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/machine"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/machine"
cp "$2" "$1/machine/duplid.deb"
cp "$3" "$1/machine/steps"
mount -t proc none "$1/machine/proc"
mount --bind /dev "$1/machine/dev"
exec chroot "$1/machine" /bin/bash -e /steps
"""

PREPARE = r"""
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
unset XDG_RUNTIME_DIR XDG_STATE_HOME XDG_CACHE_HOME XDG_CONFIG_HOME
mkdir -p /run/systemd/system /stand-in
cat > /stand-in/systemctl <<'END'
#!/bin/sh
echo "$*" >> /asked
[ "$1" != is-active ] || [ -e /is-active ]
END
chmod 755 /stand-in/systemctl
ln -sf /stand-in/systemctl /usr/bin/systemctl
touch /asked
fail() { echo "FAILED: $*"; exit 1; }
daemon() {
    systemd-socket-activate --listen=/run/duplid/control.sock \
        setpriv --reuid duplid --regid duplid --clear-groups env HOME=/var/lib/duplid duplid --system &
    for i in $(seq 600); do [ ! -S /run/duplid/control.sock ] || return 0; sleep 0.1; done
    fail "the daemon does not come up"
}
dpkg -i /duplid.deb > /dpkg.log 2>&1 || { cat /dpkg.log; fail "installing"; }
install -d -o duplid -g duplid /var/lib/duplid /var/cache/duplid
"""


def lines(text):
    return [line for line in text.splitlines() if line]


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="duplid-test-")
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        subprocess.run(["cpack", "-G", "DEB", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", cls.root],
                       cwd=BUILD, check=True, capture_output=True)
        (name,) = [name for name in os.listdir(cls.root) if name.endswith(".deb")]
        cls.deb = os.path.join(cls.root, name)

    def live(self, steps):
        """Installs the package, then goes through the steps; returns what they print."""
        if os.geteuid() != 0:
            self.skipTest("only root may install packages")
        with tempfile.TemporaryDirectory(prefix="duplid-test-") as place:
            script = os.path.join(self.root, "steps")
            with open(script, "w", encoding="utf-8") as file:
                file.write(PREPARE + steps)
            probe = subprocess.run(["unshare", "--mount", "sh", "-c", "mount -t tmpfs none " + place])
            if probe.returncode != 0:
                self.skipTest("no right to mount")
            result = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", ENTER,
                                     "enter", place, self.deb, script], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def test_lintian_finds_no_error(self):
        result = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", self.deb], capture_output=True,
                                text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_it_is_installed_disabled_and_its_programs_back_up_and_restore(self):
        out = self.live(r"""
            getent passwd duplid > /dev/null || fail "no user duplid"
            [ "$(stat -c '%U %a' /etc/duplid/jobs.d)" = "duplid 700" ] || fail "jobs.d"
            ! grep -E "enable|start" /asked || fail "something was started"
            find /etc/systemd -name '*duplid*' | grep . && fail "a unit is enabled"
            grep -q "^ExecStart=/usr/bin/duplid" /usr/lib/systemd/system/duplid.service /lib/systemd/system/duplid.service \
                || fail "the unit names another program"
            mkdir /data && cp -r /etc/apt /data
            PASSPHRASE=x duplictl backup /data file:///target --quiet
            PASSPHRASE=x duplictl restore file:///target /restored --quiet
            diff -r /data /restored || fail "not what was backed up"
            PASSPHRASE=x PATH=/usr/libexec/duplid/bin:$PATH duplicity verify file:///target /data > /dev/null
            # README, "the drop-in": for the machine, with a way back.
            update-alternatives --install /usr/local/bin/duplicity duplicity /usr/libexec/duplid/bin/duplicity 50 \
                --slave /usr/local/bin/rdiffdir rdiffdir /usr/libexec/duplid/bin/rdiffdir > /dev/null
            [ "$(/usr/local/bin/duplicity --version)" = "duplicity 0.8.22" ] || fail "no duplicity"
            [ "$(/usr/local/bin/rdiffdir -V)" = "rdiffdir 0.8.22" ] || fail "no rdiffdir"
            update-alternatives --remove duplicity /usr/libexec/duplid/bin/duplicity > /dev/null
            [ ! -e /usr/local/bin/duplicity -a ! -e /usr/local/bin/rdiffdir ] || fail "the alternatives are left"
            zcat /usr/share/man/man8/duplid.8.gz > /dev/null
            echo fine""")
        self.assertEqual(lines(out)[-1], "fine")

    def test_an_upgrade_restarts_an_idle_daemon_and_leaves_one_at_work_alone(self):
        out = self.live(r"""
            touch /is-active
            daemon
            dpkg -i /duplid.deb > /dpkg.log 2>&1
            grep -q "try-restart duplid.service" /asked || fail "an idle daemon goes on in its old version"
            : > /asked
            # duplicity at work in the same cache keeps a run waiting.
            install -d -o duplid -g duplid /var/cache/duplid/held /target
            install -o duplid -g duplid /dev/null /var/cache/duplid/held/lockfile
            python3 -c "import fcntl, time; f = open('/var/cache/duplid/held/lockfile', 'r+')
fcntl.lockf(f, fcntl.LOCK_EX); open('/held', 'w').close(); time.sleep(3600)" &
            while [ ! -e /held ]; do sleep 0.1; done
            duplictl backup /etc/apt file:///target --system --detach --no-encryption --name held > /run.log
            duplictl status --system --json > /status
            grep -q '"state":"queued"' /status || fail "the run does not wait: $(cat /run.log /status)"
            dpkg -i /duplid.deb > /dpkg.log 2>&1
            grep "is at work" /dpkg.log || fail "nobody is told"
            ! grep "restart" /asked || fail "a daemon at work was restarted"
            echo fine""")
        self.assertEqual(lines(out)[-1], "fine")

    def test_removal_keeps_data_and_purging_keeps_what_restores_need(self):
        out = self.live(r"""
            echo '{}' > /etc/duplid/jobs.d/home.json
            echo 1 > /var/lib/duplid/kept; echo 1 > /var/cache/duplid/kept
            dpkg -r duplid > /dpkg.log 2>&1
            grep -q "stop duplid.socket duplid.service" /asked || fail "the daemon goes on"
            [ -e /etc/duplid/jobs.d/home.json -a -e /var/lib/duplid/kept -a -e /var/cache/duplid/kept ] || fail "removed"
            [ ! -e /usr/bin/duplid ] || fail "the program is left"
            dpkg -P duplid > /dpkg.log 2>&1
            [ -e /etc/duplid/jobs.d/home.json ] || fail "the job is gone"
            grep "/etc/duplid is left" /dpkg.log || fail "nobody is told"
            [ ! -e /var/lib/duplid -a ! -e /var/cache/duplid ] || fail "caches are left"
            echo fine""")
        self.assertEqual(lines(out)[-1], "fine")


if __name__ == "__main__":
    unittest.main()
