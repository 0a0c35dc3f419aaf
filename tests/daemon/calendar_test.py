#!/usr/bin/env python3
"""Calendar expressions and time spans mean what systemd means by them.

The reference is systemd-analyze of this machine (written with that of systemd 252): its normalised text and
its elapse times, from base times on both sides of clock changes, in zones with whole, half and no hours of
daylight saving time and one that once left out a day. Ours come from a small program that prints what
daemon/schedule makes of each line.
"""

import datetime
import os
import random
import re
import subprocess
import unittest

ANSWERS = os.environ["DUPLID_SCHEDULE_ANSWERS"]
ITERATIONS = 6

# Expressions that mean something. Each is asked about from every base time in every zone.
EXPRESSIONS = """
minutely
hourly
daily
weekly
monthly
quarterly
semiannually
semi-annually
biannually
bi-annually
yearly
annually
anually
DAILY
Weekly
daily UTC
monthly Europe/Berlin
hourly utc
Mon
monday
Sat,Sun
Mon,Tue
Mon,Tue,Wed
Mon..Fri
Mon-Fri
Mon..Wed,Fri..Sun
Mon,Wed..Fri,Sun
Mon..Sun
Tue,
Sun,Mon
Fri 17:00
Sun 02:30
Sat,Thu,Mon..Wed,Sat..Sun
Mon,Sun 12-*-* 2,1:23
Wed *-1
Wed..Wed,Wed *-1
Wed, 17:48
Wed..Sat,Tue 12-10-15 1:2:3
*-*-7 0:0:0
10-15
monday *-12-* 17:00
Mon,Fri *-*-3,1,2 *:30:45
12,14,13,12:20,10,30
12..14:10,20,30
mon,fri *-1/2-1,3 *:30:45
03-05 08:05:40
08:05:40
05:40
Sat,Sun 12-05 08:05:40
Sat,Sun 08:05:40
2003-03-05 05:40
05:40:23.4200004/3.1700005
2003-02..04-05
2003-03-05 05:40 UTC
2003-03-05
03-05
hourly Europe/Berlin
2026-06-01
2026..2028-06-01
2026/2-06-01
26-06-01
70..99-01-01
69-01-01
2199-12-31 23:59:59
2024,2028-02-29
*-02-29
Mon *-02-29
*-02-30
*-02-28..31
*-*-31
*-*-30
*-02~01
*-*~1
*-*~3
*-02~03
*-*~07/1
*-*~1..7
*-*~28/27
*-*~5/4,20/7
*-02~1..28/9
Mon *-05~07/1
Fri *-*~07/1 18:00
Mon *-*-01..07
Tue *-*-08..14 03:15
*-01,04,07,10-01
*-1/3-01
*-*-1/2
*-*-1..31/10
*-*-5/10,28
*-*-* *:*:*
*:*
*:0
*:0/7
*:0/15
*:05..50/20
*:10..11/5
*:*:0/10
*:*:0/0.5
*:*:0/1.5
*:*:59.999999
*:*:1.9999999
*:*:0..10
*:*:0..10/3
*:*:1.5..2.5
00/6:00
0/1:00
1/2:30:15
9..17/2:00
9..17:00,30
2:30
02:00
03:00
01:30
1:59:59
0:0
23:59:59.5
02:15 Australia/Lord_Howe
2:30 Europe/Berlin
2:30 America/New_York
0:30 Africa/Cairo
00:00 America/Santiago
00:00 Asia/Beirut
23:30 America/Havana
*-12-30 12:00 Pacific/Apia
*-12-30 Pacific/Apia
*-*-* 4:00 Etc/GMT+12
12:00 EET
2:30 Africa/Casablanca
1:30 Europe/Dublin
2024-02-29 12:00 Asia/Kathmandu
Sun *-10~07/1 02:30
Sun *-10~07/1 *:0/20
Sun *-11-1..7 1:0/15
*-*-* 01..03:0/20
@1395716396
@0
Mon @1395716396
""".strip().splitlines()

# What systemd refuses, and the character at which we say that something else was expected.
REFUSED = {
    "": 1, " ": 1, "UTC": 1, "Mon..": 6, "Foo": 1, "Mond": 4, "Mon..Foo": 6, "Fri..Mon": 6, "Mon..Wed..Fri": 9,
    "Mon.Fri": 4, "12:": 4, "12": 3, "12:60": 4, "24:00": 1, "12:00:60": 7, "25-13-01": 4, "1969-01-01": 1,
    "2200-01-01": 1, "2026-00-01": 6, "2026-01-32": 9, "*-*-0": 5, "*/2:00": 2, "0/0:00": 2, "0/24:00": 1, "9..7:00": 1,
    "9../2:00": 4, "*-1~1-1": 6, "1~1~1": 4, "12:00 Europe/Nowhere": 6, "12:00 Foo": 6, "12:00 12:00": 6, "12:0.5": 5,
    "*:*:1.": 7, "dailyy": 1, "daily daily": 1, "12:00:00:00": 9, "99999999999:00": 1, "2026-01-01T12:00": 11,
    "-1:00": 1, "*-*-* ~1": 7, "1,,2:00": 3, "12:00,": 7, "@": 2, "@x": 2, "@5 12:00": 3, "Mon,Foo": 5,
    "*:*:2148": 5, "*:*:*/1": 6, "*-*~29": 5, "*-*~1..29": 5, "*-*~28/28": 5, "*-*~*-1": 6, "*-*-25/7": 5, "2026-06-01 ~": 12,
}

# Dublin's daylight saving time is in winter, an hour back.
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Europe/Dublin"]


def epoch(*moment):
    return int(datetime.datetime(*moment, tzinfo=datetime.timezone.utc).timestamp())


# Around changes of clocks in both directions, the day that Samoa left out, ends of years and leap days.
BASES = [epoch(2011, 12, 29, 8, 30), epoch(2023, 12, 31, 23, 59, 59), epoch(2024, 2, 28, 12), epoch(2026, 3, 8, 6, 59),
         epoch(2026, 3, 29, 0, 10), epoch(2026, 4, 4, 14, 55), epoch(2026, 10, 3, 15, 20), epoch(2026, 10, 25, 0, 15),
         epoch(2026, 10, 25, 1, 15), epoch(2026, 11, 1, 5, 40), epoch(2026, 11, 1, 6, 20)]


def theirs(expressions, base, zone):
    """{expression: (normalised text, [whole seconds])} as systemd-analyze has it."""
    process = subprocess.run(
        ["systemd-analyze", "calendar", f"--iterations={ITERATIONS}", f"--base-time=@{base}", "--", *expressions],
        env={"PATH": os.environ["PATH"], "TZ": zone, "LC_ALL": "C", "SYSTEMD_COLORS": "0"}, capture_output=True,
        text=True, check=True)
    answers = []
    local = None
    for line in process.stdout.splitlines():
        name, _, value = line.strip().partition(": ")
        if name == "Normalized form":
            answers.append((value, []))
        elif name == "Next elapse" or name.startswith("Iter"):
            local = value
            if value != "never" and value.endswith(" UTC"):
                answers[-1][1].append(seconds_of(value))
        elif name == "(in UTC)" and not local.endswith(" UTC"):
            answers[-1][1].append(seconds_of(value))
    assert len(answers) == len(expressions), process.stdout + process.stderr
    return dict(zip(expressions, answers))


def seconds_of(text):
    moment = re.fullmatch(r"... (\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC", text)
    return epoch(*map(int, moment.groups()))


def ours(questions):
    """[(normalised text, [microseconds])] of (base, zone, expression), or ("!", message)."""
    rows = answers_to(f"calendar {base} {ITERATIONS} {zone} {expression}" for base, zone, expression in questions)
    return [("!", row[1]) if row[0] == "!" else (row[0], [int(value) for value in row[1:]]) for row in rows]


def answers_to(questions):
    lines = "".join(f"{question}\n" for question in questions)
    answers = subprocess.run([ANSWERS], input=lines, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in answers.splitlines()]


class Invention:
    """Expressions nobody thought of; the same ones for the same seed.

    Days and hours have no steps without an end: when such a step runs past midnight or the end of a month into
    a change of clocks, systemd goes on with the wrong half of the year; we do not.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)

    def component(self, low, high, open_steps):
        pick = self.random
        start = pick.randint(low, high)
        kind = pick.random()
        if kind < 0.5 or start == high:
            return str(start)
        if kind < 0.7 and open_steps:
            return f"{start}/{pick.randint(1, high - start)}"
        stop = pick.randint(start + 1, high)
        if kind < 0.9:
            return f"{start}..{stop}"
        return f"{start}..{stop}/{pick.randint(1, stop - start)}"

    def list(self, low, high, any_share, open_steps=True):
        if self.random.random() < any_share:
            return "*"
        return ",".join(self.component(low, high, open_steps) for _ in range(self.random.choice([1, 1, 1, 2, 3])))

    def weekdays(self):
        names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        pick = self.random
        parts = []
        for _ in range(pick.choice([1, 1, 2])):
            first = pick.randint(0, 6)
            last = pick.randint(first, 6)
            parts.append(names[first] if first == last else f"{names[first]}..{names[last]}")
        return ",".join(parts)

    def day(self):
        # Ranges from the end of a month have their own form: a start with room for the step below it.
        if self.random.random() < 0.25:
            start = self.random.randint(2, 27)
            return "~" + self.random.choice([f"{start}", f"{start}/{self.random.randint(1, start - 1)}",
                                             f"{start}..{self.random.randint(start + 1, 28)}"])
        return "-" + self.list(1, 31, 0.5, open_steps=False)

    def expression(self):
        pick = self.random
        words = []
        if pick.random() < 0.3:
            words.append(self.weekdays())
        if pick.random() < 0.7:
            year = pick.choice(["*", "*", "*", self.component(2010, 2030, True)])
            words.append(f"{year}-{self.list(1, 12, 0.6)}{self.day()}")
        second = pick.choice(["", "", ":" + self.list(0, 59, 0.1)])
        words.append(f"{self.list(0, 23, 0.3, open_steps=False)}:{self.list(0, 59, 0.2)}{second}")
        if pick.random() < 0.2:
            words.append(pick.choice(["UTC", "Europe/Berlin", "America/Santiago", "Africa/Cairo", "Asia/Kathmandu"]))
        return " ".join(words)


class CalendarTest(unittest.TestCase):
    maxDiff = None

    def compare(self, expressions, base, zone):
        try:
            reference = theirs(expressions, base, zone)
        except subprocess.CalledProcessError as error:
            # It gives up on what never comes; that is one such expression fewer to compare.
            hopeless = re.search("Failed to determine next elapse for '(.*)': Resource deadlock", error.stderr)
            self.assertTrue(hopeless, error.stderr)
            self.compare([expression for expression in expressions if expression != hopeless[1]], base, zone)
            return
        answers = ours([(base, zone, expression) for expression in expressions])
        for expression, answer in zip(expressions, answers):
            text, moments = answer
            self.assertNotEqual(text, "!", (expression, moments))
            seconds = [moment // 1_000_000 for moment in moments]
            self.assertEqual((text, seconds), reference[expression], (expression, base, zone))

    def test_expressions_mean_what_systemd_means_by_them(self):
        self.assertGreater(len(EXPRESSIONS), 100)
        # Whoever names a zone does not care which is the local one.
        local = [expression for expression in EXPRESSIONS if not re.search(r" ([A-Z]{3}|utc|\w+/\S+)$", expression)]
        for zone in ZONES:
            for base in BASES:
                with self.subTest(zone=zone, base=base):
                    self.compare(EXPRESSIONS if zone == "UTC" else local, base, zone)

    def test_expressions_that_nobody_thought_of_mean_the_same_too(self):
        seed = int(os.environ.get("DUPLID_SEED", "6"))
        print(f"seed {seed}")
        invention = Invention(seed)
        for number in range(int(os.environ.get("DUPLID_INVENTIONS", "40"))):
            zone = invention.random.choice(ZONES)
            base = invention.random.choice(BASES) + invention.random.randint(-40_000, 40_000)
            with self.subTest(seed=seed, number=number):
                self.compare(sorted({invention.expression() for _ in range(25)}), base, zone)

    def test_the_normalised_text_means_the_same_as_the_original(self):
        first = ours([(BASES[0], "Europe/Berlin", expression) for expression in EXPRESSIONS])
        again = ours([(BASES[0], "Europe/Berlin", text) for text, _ in first])
        self.assertEqual(first, again)

    def test_what_systemd_refuses_is_refused_where_it_goes_wrong(self):
        for expression, place in REFUSED.items():
            with self.subTest(expression=expression):
                process = subprocess.run(["systemd-analyze", "calendar", "--", expression], capture_output=True,
                                         text=True, check=False)
                self.assertNotEqual(process.returncode, 0, process.stdout)
                [(text, message)] = ours([(0, "UTC", expression)])
                self.assertEqual(text, "!", message)
                self.assertIn(f"at character {place}:", message)

    def test_a_time_that_there_never_is_never_comes(self):
        # On these Sundays the clock is set forward. systemd searches until it gives up.
        expression = "Sun *-03~07/1 02:30"
        process = subprocess.run(["systemd-analyze", "calendar", "--", expression], capture_output=True, text=True,
                                 env={**os.environ, "TZ": "Europe/Berlin"}, check=False)
        self.assertIn("Infinite loop", process.stderr)
        self.assertEqual(ours([(BASES[1], "Europe/Berlin", expression)]), [("Sun *-03~07/1 02:30:00", [])])

    def test_every_zone_of_this_machine_has_its_times_in_order(self):
        # In steps that every change of a clock falls into, over two years of them.
        expressions = ["*:0/20", "*-*~1..28 0/1:10", "Sun *:0/15"]
        with open("/usr/share/zoneinfo/tzdata.zi", encoding="utf-8") as file:
            zones = sorted({line.split()[1] for line in file if line.startswith("Z ")})
        self.assertGreater(len(zones), 300)
        base = epoch(2025, 1, 1)
        rows = answers_to(f"calendar {base} 4000 {zone} {expression}" for zone in zones for expression in expressions)
        for row in rows:
            moments = [base * 1_000_000, *map(int, row[1:])]
            self.assertEqual(moments, sorted(set(moments)))


class SpanTest(unittest.TestCase):
    SPANS = ["90", "2h 30min", "1w", "2hours", "1h30min", "5 min", " 1 s", "1.5h", ".5s", "1month", "1M", "1m", "1y",
             "3us 2ms", "1µs", "0", "1h 1h", "5 5", "1d 1", "1.0000019s", "1.9999999s", "0.7month", "3hr 1sec 2usec",
             "1 year 2 months 3 weeks 4 days 5 hours 6 minutes 7 seconds 8 msec", "1.5 1.5min", "10.25w", "999y"]

    def test_time_spans_are_as_long_as_systemd_has_them(self):
        for span, answer in zip(self.SPANS, answers_to(f"span {span}" for span in self.SPANS)):
            with self.subTest(span=span):
                told = subprocess.run(["systemd-analyze", "timespan", "--", span], capture_output=True, text=True,
                                      check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
                rows = dict(line.strip().split(": ", 1) for line in told.splitlines())
                self.assertEqual(int(answer[0]), int(rows["μs"]))
                # It shows fractions of seconds in a form of its own.
                if "." not in rows["Human"]:
                    self.assertEqual(answer[1], rows["Human"])

    def test_what_systemd_refuses_is_refused(self):
        for span in ["", "h", "-1h", "1x", "5:30", "1.2.3", "1hfoo"]:
            with self.subTest(span=span):
                process = subprocess.run(["systemd-analyze", "timespan", "--", span], capture_output=True, check=False)
                self.assertNotEqual(process.returncode, 0)
                self.assertEqual(answers_to([f"span {span}"])[0][0], "!")


if __name__ == "__main__":
    unittest.main()
