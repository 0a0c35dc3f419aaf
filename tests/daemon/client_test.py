"""What people see of the resident daemon: status, watch, log and history, on terminals and off them, and what shells
offer. Real duplid, real duplictl; an emulator draws the screens, shells complete, and amounts are counted on the target."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from terminals import Terminal  # first: it may start Debian's own Python instead

from support import DUPLID, DaemonTest, wait_for

DUPLICTL = Path(os.environ["DUPLICTL_BIN"]).resolve()


class ClientTest(DaemonTest):
    def setUp(self):
        super().setUp()
        # Where a user's own daemon listens.
        self.socket_path = self.path("run/duplid/control.sock")
        os.makedirs(os.path.dirname(self.socket_path), mode=0o700)
        os.mkdir(self.path("bin"))
        os.mkdir(self.path("target"))
        os.symlink(DUPLICTL, self.path("bin/duplictl"))
        self.write("docs/letter.txt", b"Dear Ada\n" * 1000)
        self.write("docs/other.txt", b"other")
        self.write("music/song", b"la")

    def environment(self, **more):
        return {"PATH": self.path("bin") + ":" + os.environ["PATH"], "HOME": self.root, "TERM": "xterm-256color",
                "LC_ALL": "C.UTF-8", "TZ": "UTC", "XDG_RUNTIME_DIR": self.path("run"),
                "XDG_STATE_HOME": self.path("xdg-state"), "XDG_CACHE_HOME": self.path("xdg-cache"), **more}

    def start(self):
        # Root reads whatever it likes; without capabilities there are files that it cannot read.
        prefix = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
        self.daemon = subprocess.Popen(
            [*prefix, DUPLID, "--socket", self.socket_path, "--state-dir", self.path("state"), "--cache-dir",
             self.path("cache"), "--config-dir", self.path("config")], env={**os.environ, "HOME": self.root})
        wait_for(self.answers, "the daemon to answer")
        return self.client()

    def job(self, name, **more):
        path = self.path("config/jobs.d", name + ".json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        settings = {"source": self.source, "target": "file://" + self.path("target", name), "encryption": False}
        Path(path).write_text(json.dumps({**settings, **more}), encoding="utf-8")

    def endless(self, *names):
        """Jobs whose backups take as long as anybody waits."""
        os.mkdir(self.path("hole"))
        with open(self.path("hole/endless"), "wb") as file:
            file.truncate(100 << 30)
        for name in names:
            self.job(name, source=self.path("hole"))

    def run_job(self, client, name, **more):
        run = client.call("job-run", job=name, **more)["run"]
        return client.outcome(run)

    def duplictl(self, *words, status=0, **environment):
        done = subprocess.run([DUPLICTL, *words, "--user"], env=self.environment(**environment), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def started(self, *words):
        """Left running, with its output to be read."""
        process = subprocess.Popen([DUPLICTL, *words, "--user"], env=self.environment(), text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def on_terminal(self, *words, columns=100, rows=30, **environment):
        terminal = Terminal([DUPLICTL, *words, "--user"], self.environment(**environment), columns, rows)
        self.addCleanup(terminal.close)
        return terminal


class Watch(ClientTest):
    def test_runs_go_on_before_your_eyes_and_an_interrupt_gives_the_terminal_back(self):
        self.endless("home", "photos")
        client = self.start()
        runs = [client.call("job-run", job=name)["run"] for name in ("home", "photos")]
        terminal = self.on_terminal("watch")
        # How much a full backup will be nobody knows: these have no bar.
        told = re.compile(r"(?m)^   backing up  [\d.]+ [KMG]B  1 file  [\d.]+ [KMG]B/s$")
        terminal.until(lambda seen: len(told.findall(seen.text)) == 2, "progress of both")
        for run, name in zip(runs, ("home", "photos")):
            self.assertRegex(terminal.text, rf"(?m)^ *{run} backup of {name} .*running \d+:\d\d$")
        self.assertTrue(terminal.screen.cursor.hidden)
        self.assertEqual(terminal.colors_of("running 0"), {"cyan"})

        terminal.raw = b""
        terminal.resize(32, 12)
        # What matters least goes, and the rest stands in one line.
        narrow = re.compile(r"(?m)^   backing up  [\d.]+ [KMG]B  1 file$")
        terminal.until(lambda seen: len(narrow.findall(seen.text)) == 2, "shorter lines")
        # Each frame is drawn over the last one: nothing is cleared first.
        self.assertNotIn(b"\x1b[2J", terminal.raw)

        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)
        self.assertFalse(terminal.screen.cursor.hidden)
        self.assertTrue(terminal.raw.endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l"), terminal.raw[-100:])
        for run in runs:
            self.assertEqual(client.state_of(run), "running")
            client.call("run-stop", run=run)

    def test_with_a_job_only_its_runs_are_shown_and_a_mistyped_one_is_told(self):
        self.endless("home", "photos")
        client = self.start()
        run = client.call("job-run", job="photos")["run"]
        terminal = self.on_terminal("watch", "home")
        terminal.until_seen("Nothing is running")
        self.assertNotIn("backup of photos", terminal.text)
        client.call("job-run", job="home")
        terminal.until_seen("backup of home")
        self.assertNotIn("backup of photos", terminal.text)
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)
        self.assertIn("did you mean home?", self.duplictl("watch", "hmoe", status=10).stderr)
        self.assertIn("did you mean home?", self.duplictl("log", "hoem", status=10).stderr)
        client.call("run-stop", run=run)

    def test_warnings_stand_below_their_run_and_its_end_stays_to_be_seen(self):
        self.job("home")
        self.write("docs/secret", b"x")
        os.chmod(self.path("source/docs/secret"), 0)
        client = self.start()
        terminal = self.on_terminal("watch", "home")
        terminal.until_seen("Nothing is running")
        self.assertEqual(self.run_job(client, "home")["state"], "warnings")
        terminal.until_seen("warnings 0:")
        self.assertRegex(terminal.text, r"(?m)^ *\d+ backup of home .*  warnings \d+:\d\d, 1 warning$")
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)

    def test_once_ends_when_nothing_runs_and_says_what_is_due_next(self):
        self.job("home", schedule={"calendar": ["daily"]})
        client = self.start()
        self.run_job(client, "home")
        self.assertRegex(self.duplictl("watch", "--once").stdout, r"\ANothing is running; next: home in \d+ .*\n\Z")
        terminal = self.on_terminal("watch", "--once")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("Nothing is running; next: home in ", terminal.text)

    def test_off_a_terminal_each_event_is_a_line_and_with_json_the_event_itself(self):
        self.job("home")
        self.endless("film")
        client = self.start()
        watcher = self.started("watch")
        self.assertEqual(watcher.stdout.readline(), "Nothing is running\n")
        run = client.call("job-run", job="home")["run"]
        self.assertEqual(client.outcome(run)["state"], "done")
        name = f"run {run} (backup of home): "
        lines = []
        while not lines or name + "done" not in lines[-1]:
            lines.append(watcher.stdout.readline())
            self.assertNotEqual(lines[-1], "")
        for line in lines:
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d " + re.escape(name))
            self.assertNotIn("\x1b", line)
        self.assertTrue(lines[0].endswith(name + "queued\n"), lines)
        self.assertTrue(any(line.endswith(name + "backing up\n") for line in lines), lines)
        watcher.send_signal(signal.SIGINT)
        self.assertEqual(watcher.wait(timeout=60), 130)

        run = client.call("job-run", job="film")["run"]
        self.wait_for_state(client, run, "running")
        watcher = self.started("watch", "--json", "--once")
        events = [json.loads(watcher.stdout.readline())]
        client.call("run-stop", run=run)
        events += [json.loads(line) for line in watcher.stdout]
        self.assertEqual(watcher.wait(timeout=60), 0)
        self.assertEqual({event["run"] for event in events}, {run})
        self.assertEqual((events[0]["type"], events[0]["state"]), ("state", "queued"))
        self.assertEqual((events[-1]["type"], events[-1]["state"]), ("done", "cancelled"))


class Status(ClientTest):
    def test_a_screen_tells_age_next_run_what_runs_and_what_to_do(self):
        self.job("home", schedule={"calendar": ["daily"]})
        Path(self.path("blocked")).write_bytes(b"a file where a directory should be")
        self.job("photos", target="file://" + self.path("blocked/target"))
        self.endless("film")
        client = self.start()
        self.assertEqual(self.run_job(client, "home")["state"], "done")
        failed = client.call("job-run", job="photos")["run"]
        self.assertEqual(client.outcome(failed)["state"], "failed")
        running = client.call("job-run", job="film")["run"]
        self.wait_for_state(client, running, "running")
        terminal = self.on_terminal("status", "--no-pager", columns=250, rows=40)
        self.assertEqual(terminal.end(), 0)
        seen = terminal.text
        last = time.strftime("%Y-%m-%d", time.gmtime(client.call("job-list")["jobs"][1]["last_success"]))
        self.assertRegex(seen, rf"(?m)^● home +idle +{last} \d\d:\d\d \(\d+ (s|min) ago\) +\S+ \S+ \(in .*\)$")
        self.assertRegex(seen, rf"(?m)^● film +running \(run {running}\) +never")
        self.assertRegex(seen, rf"(?m)^ +{running} backup of film: running")
        self.assertRegex(seen, r"(?m)^  × photos: the last backup failed, .* ago: ")
        self.assertIn(f'"duplictl log {failed}" shows what it said, "duplictl job run photos" tries again', seen)
        self.assertIn("red", terminal.colors_of("× photos"))
        self.assertEqual(terminal.colors_of("● home"), {"green", "default"})
        self.assertIn("target/home", self.duplictl("status", "--verbose").stdout)
        client.call("run-stop", run=running)

    def test_colours_are_for_terminals_that_want_them(self):
        self.job("home")
        self.start()
        self.assertNotIn("\x1b", self.duplictl("status").stdout)
        for words, environment in (([], {"NO_COLOR": "1"}), (["--no-color"], {}), ([], {"TERM": "dumb"})):
            terminal = self.on_terminal("status", *words, **environment)
            self.assertEqual(terminal.end(), 0)
            self.assertNotIn(b"\x1b[3", terminal.raw)
        terminal = self.on_terminal("status", NO_COLOR="", LC_ALL="C")
        self.assertEqual(terminal.end(), 0)
        self.assertIn(b"\x1b[", terminal.raw)
        terminal.raw.decode("ascii")

    def test_json_is_what_the_daemon_says(self):
        self.job("home")
        client = self.start()
        run = self.run_job(client, "home")["run"]
        said = json.loads(self.duplictl("job-list", "--json").stdout)
        self.assertEqual(said, client.call("job-list"))
        self.assertEqual(json.loads(self.duplictl("history", "home", "--json").stdout),
                         client.call("job-history", job="home", limit=30))
        schema = json.loads(subprocess.run([DUPLICTL, "api", "--schema"], capture_output=True, check=True).stdout)
        entry, = client.call("job-history", job="home")["runs"]
        described = schema["methods"]["job-history"]["reply"]["properties"]["runs"]["items"]["properties"]
        self.assertLessEqual(set(entry), set(described))
        self.assertLessEqual(set(entry["backup"]), set(described["backup"]["properties"]))
        self.assertEqual(entry["run"], run)


class Log(ClientTest):
    def test_a_log_is_the_run_s_events_with_their_times_also_after_a_restart(self):
        self.job("home")
        self.write("docs/secret", b"x")
        os.chmod(self.path("source/docs/secret"), 0)
        client = self.start()
        run = self.run_job(client, "home")["run"]
        events = client.watch(run)
        shown = self.duplictl("log", str(run)).stdout
        lines = shown.splitlines()
        self.assertRegex(lines[0], rf"\ARun {run}: backup of home, file://")
        for event in events:
            if event["type"] == "phase":
                when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(event["time"]))
                self.assertIn(f"{when}  {event['phase'].replace('_', ' ')}", lines)
        self.assertRegex(shown, r"(?m)^\S+ \S+  warning: .*docs/secret")
        self.assertRegex(lines[-1], r"done, with warnings: Wrote the full set of .*: 1 volume\.\Z")
        self.assertEqual(self.duplictl("log", "home").stdout, shown)
        said = [json.loads(line) for line in self.duplictl("log", str(run), "--json").stdout.splitlines()]
        self.assertEqual(said, events)
        quiet = self.duplictl("log", "home", "--quiet").stdout
        self.assertEqual(len(re.findall(r"(?m)^\d{4}-", quiet)), 2)

        self.assertEqual(self.end_daemon(), 0)
        self.clients.clear()
        client.close()
        self.start()
        self.assertEqual(self.duplictl("log", "home").stdout, shown)

    def test_without_follow_a_log_ends_where_the_run_is_and_with_it_at_its_end(self):
        self.endless("home")
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        self.wait_for_state(client, run, "running")
        self.assertIn("running", self.duplictl("log", str(run)).stdout)
        follower = self.started("log", "home", "--follow")
        self.assertIn(f"Run {run}: ", follower.stdout.readline())
        client.call("run-stop", run=run)
        rest = follower.stdout.read()
        self.assertEqual(follower.wait(timeout=60), 0)
        self.assertIn("  cancelled", rest.splitlines()[-1])

    def test_a_pager_gets_what_does_not_fit_but_no_secrets(self):
        self.job("home")
        client = self.start()
        self.run_job(client, "home")
        marker = {"PAGER": "sed 's/^/paged: /'"}
        self.assertEqual((terminal := self.on_terminal("log", "home", rows=3, **marker)).end(), 0)
        self.assertIn(b"paged: ", terminal.raw)
        for words, rows in ((["log", "home"], 60), (["log", "home", "--no-pager"], 3)):
            self.assertEqual((terminal := self.on_terminal(*words, rows=rows, **marker)).end(), 0)
            self.assertIn(b"backup of home", terminal.raw)
            self.assertNotIn(b"paged: ", terminal.raw)
        self.assertNotIn("paged: ", self.duplictl("log", "home", **marker).stdout)
        terminal = self.on_terminal("log", "home", rows=3, columns=300, PAGER="env; cat >/dev/null",
                                    PASSPHRASE="geheim-1", FTP_PASSWORD="geheim-2", WITNESS="seen")
        self.assertEqual(terminal.end(), 0)
        self.assertIn(b"WITNESS=seen", terminal.raw)
        self.assertNotIn(b"geheim", terminal.raw)
        # A pager that is not there costs nothing but the paging.
        self.assertEqual((terminal := self.on_terminal("log", "home", rows=3, PAGER="no-such-pager-91c3")).end(), 0)
        self.assertIn(b"backup of home", terminal.raw)


class History(ClientTest):
    def bytes_on_target(self):
        return sum(entry.stat().st_size for entry in os.scandir(self.path("target/home")))

    def test_rows_and_charts_tell_what_the_target_has_grown_by(self):
        self.job("home")
        client = self.start()
        grown = []
        for number in range(4):
            self.write("data", os.urandom(50_000 * (number + 1)))
            before = self.bytes_on_target() if number else 0
            self.assertEqual(self.run_job(client, "home")["state"], "done")
            grown.append((self.bytes_on_target() - before, number))
        entries = client.call("job-history", job="home")["runs"]
        backups = [entry["backup"] for entry in reversed(entries) if "backup" in entry]
        # The statistics count volumes, not the manifest and signatures beside them.
        for (bytes_grown, number), backup in zip(grown, backups, strict=True):
            self.assertAlmostEqual(backup["stored_bytes"], bytes_grown, delta=20_000 + bytes_grown // 10, msg=number)
        self.assertEqual([backup["set_type"] for backup in backups], ["full"] + ["incremental"] * 3)

        lines = self.duplictl("history", "home").stdout.splitlines()
        self.assertRegex(lines[0], r"\ABEGAN +RUN  WHAT +RESULT +DURATION +FILES +CHANGED +STORED")
        self.assertEqual([line.split()[3] for line in lines[1:5]], ["full"] + ["incremental"] * 3)
        chart = lines[lines.index("Stored by each backup"):]
        self.assertRegex(chart[1], r"\A *[0-9.]+ KB │ +██\Z")
        self.assertRegex(chart[4], r"\A *0 │██ ██ ██ ██\Z")
        ascii_chart = self.duplictl("history", "home", LC_ALL="C").stdout
        ascii_chart.encode("ascii")
        self.assertRegex(ascii_chart, r"(?m)^ +0 \|## ## ## ##$")

    def test_numbers_and_times_narrow_it_and_a_job_without_runs_has_none(self):
        self.job("home")
        self.job("fresh")
        client = self.start()
        for _ in range(3):
            self.run_job(client, "home")
        newest = client.call("job-history", job="home", limit=1)
        self.assertTrue(newest["more"])
        rows = self.duplictl("history", "home", "-n", "2").stdout.split("\n\n")[0].splitlines()
        self.assertEqual(len(rows), 3)
        self.assertEqual(rows[-1].split()[2], str(newest["runs"][0]["run"]))
        self.assertEqual(self.duplictl("history", "home", "--since", str(int(time.time()) + 100)).stdout, "No runs.\n")
        self.assertEqual(self.duplictl("history", "fresh").stdout, "No runs.\n")
        self.assertIn("did you mean home?", self.duplictl("history", "hom", status=10).stderr)
        self.assertIn("--since", self.duplictl("history", "home", "--since", "yesterdayish", status=2).stderr)


class Completion(ClientTest):
    def offers(self, *words, **environment):
        done = subprocess.run([DUPLICTL, "complete", *words], env=self.environment(**environment), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    def backed_up(self):
        self.job("home")
        self.job("hobby")
        client = self.start()
        self.run_job(client, "home")
        self.write("docs/third.txt", b"later")
        self.run_job(client, "home")
        return client

    def test_the_daemon_s_jobs_runs_times_and_paths_are_offered(self):
        client = self.backed_up()
        self.assertEqual(self.offers("jobs", "h", "job-show", "--user"), ["hobby", "home"])
        self.assertEqual(self.offers("jobs", "hom", "job-show", "--user"), ["home"])
        runs = [str(run["run"]) for run in client.call("run-list")["runs"]]
        self.assertEqual(self.offers("runs", "", "run-show", "--user"), runs)
        # The names of manifests hold the times that sets have.
        times = {name.split(".")[-2] for name in os.listdir(self.path("target/home")) if name.endswith(".manifest")}
        self.assertEqual(len(times), 2)
        self.assertEqual(set(self.offers("times", "", "restore", "--user", "--job", "home")), times)
        target = "file://" + self.path("target/home")
        self.assertEqual(set(self.offers("times", "20", "restore", target, "--user")), times)
        for begun, found in (("", ["docs/", "music/"]), ("do", ["docs/"]), ("docs", ["docs/"]),
                             ("docs/", ["docs/letter.txt", "docs/other.txt", "docs/third.txt"]),
                             ("docs/le", ["docs/letter.txt"]), ("nothing/", [])):
            self.assertEqual(self.offers("paths", begun, "restore", "--user", "--job=home"), found, begun)
        first = min(times)
        self.assertEqual(self.offers("paths", "docs/", "restore", "--user", "--job=home", "--time", first),
                         ["docs/letter.txt", "docs/other.txt"])

    def test_where_nobody_answers_nothing_is_offered_started_or_written(self):
        before = sorted(os.listdir(self.root))
        self.assertEqual(self.offers("jobs", "", "job-show", "--user"), [])
        self.assertEqual(self.offers("paths", "", "restore", "file:///nowhere", "--user"), [])
        self.assertEqual(self.offers("jobs", "", "-H", "nowhere.invalid"), [])
        self.assertEqual(self.offers("nonsense", "", "--user"), [])
        self.assertEqual(self.offers("jobs"), [])
        self.assertEqual(sorted(os.listdir(self.root)), before)

    def generated(self, shell):
        path = self.path("duplictl." + shell)
        with open(path, "wb") as file:
            subprocess.run([DUPLICTL, "generate", shell], stdout=file, check=True)
        return path

    def test_bash_offers_them_to_somebody_who_types(self):
        self.backed_up()
        script = self.generated("bash")
        terminal = Terminal(["bash", "--norc", "--noprofile", "-i"], self.environment(PS1="> ", HISTFILE=""))
        self.addCleanup(terminal.close)
        terminal.type(f"bind 'set enable-bracketed-paste off'; source {script}; echo rea''dy\r")
        terminal.until_seen("ready")
        for typed, shown in (("duplictl job-show --user hom\t", "job-show --user home"),
                             ("duplictl --user job show hom\t", "job show home"),
                             ("duplictl history --user ho\t\t", "hobby"),
                             ("duplictl find --user --job=hom\t", "--job=home"),
                             ("duplictl versions --user --job home mus\t", "--job home music/"),
                             ("duplictl versions --user --job home docs/thi\t", "docs/third.txt"),
                             ("duplictl list-current-files --user --job home --tim\t", "--time"),
                             ("duplictl job res\t", "job resume"),
                             (f"duplictl versions --user file://{self.path('target/home')} mu\t", "music/")):
            terminal.type("\x15clear\r")
            terminal.until(lambda seen: seen.text.strip() == ">", "an empty screen")
            terminal.type(typed)
            terminal.until_seen(shown)
        terminal.type("\x15exit\r")
        self.assertEqual(terminal.end(), 0)

    def test_fish_offers_them(self):
        self.backed_up()
        script = self.generated("fish")
        def offered(line):
            done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
                                  env=self.environment(), text=True, capture_output=True, timeout=60, check=True)
            return [row.split("\t")[0] for row in done.stdout.splitlines()]
        self.assertEqual(offered("duplictl job-show --user ho"), ["hobby", "home"])
        self.assertEqual(offered("duplictl find --user --job hom"), ["home"])
        self.assertIn("docs/letter.txt", offered("duplictl versions --user --job home docs/le"))

    def test_zsh_offers_them_to_somebody_who_types(self):
        self.backed_up()
        script = self.generated("zsh")
        terminal = Terminal(["zsh", "-f", "-i"], self.environment(PS1="> "))
        self.addCleanup(terminal.close)
        terminal.type("unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; "
                      f"compinit -u -d {self.path('zcompdump')}; source {script} 2>/dev/null; compdef _duplictl duplictl; "
                      "clear; echo rea''dy\r")
        terminal.until_seen("ready")
        for typed, shown in (("duplictl job-show --user hom\t", "job-show --user home"),
                             (f"duplictl versions --user file://{self.path('target/home')} docs/thi\t", "docs/third.txt"),
                             ("duplictl versions --user --job home mus\t", "--job home music/"),
                             ("duplictl list-current-files --job=home --user docs/le\t", "docs/letter.txt"),
                             ("duplictl job-add new /tmp --target nas=file:///x --requ\t", "--required")):
            terminal.type("\x15")
            terminal.type(typed)
            terminal.until_seen(shown)
        terminal.type("\x15exit\r")
        terminal.end()


if __name__ == "__main__":
    unittest.main()
