"""What other front-ends put on the command line (design: front-ends.md 5 and 6)."""

from deviations import Edit
from sets import STAMPS, TIMES, first_change, small_tree
from world import fingerprint

from scenarios import scenario


@scenario
def backupninja(s):
    """Its four calls, with exported variables that may be empty and an empty --ssh-options."""
    s.world.import_keys()
    tree = small_tree(s)
    s.plain = False
    common = ("--no-print-statistics", "--ssh-options", "", "--encrypt-key", fingerprint("ENCRYPT")[-8:], "--sign-key",
              fingerprint("SIGN")[-8:], "--full-if-older-than", "50000D", "--tempdir", s.base / "tmp")
    variables = {"SIGN_PASSPHRASE": "", "FTP_PASSWORD": "", "LC_ALL": "C"}
    for number in range(3):
        s.run("cleanup", "--force", *common, s.url, passphrase="", environment=variables)
        s.run("remove-older-than", "60D", "--force", *common, s.url, passphrase="", environment=variables)
        s.run("remove-all-inc-of-but-n-full", "1", "--force", *common, s.url, passphrase="", environment=variables)
        s.run(*(["full"] if number != 1 else []), "--current-time", str(TIMES[number]), *common, "--exclude", "/tmp/nothing*",
              "--include", s.source, "--exclude", "**", "/", s.url, passphrase="", environment=variables)
        if not number:
            first_change(tree)
    s.show_names()
    s.run("restore", "--encrypt-key", fingerprint("ENCRYPT")[-8:], "--file-to-restore", str(s.source)[1:], s.url, s.restored,
          passphrase="")
    s.show_tree()


@scenario
def horcrux(s):
    """Values glued to letters, deprecated lists, options it gives to every action."""
    s.world.import_keys()
    small_tree(s)
    s.plain = False
    (s.base / "list").write_text(f"- {s.source}/dir/other.txt\n", encoding="ascii")
    common = ("-v3", "--allow-source-mismatch", "--encrypt-key", fingerprint("ENCRYPT")[-8:])
    s.run("full", *common, "--current-time", str(TIMES[0]), "--exclude-globbing-filelist", s.base / "list",
          "--no-print-statistics", s.source, s.url)
    s.run("verify", *common, s.url, s.source, passphrase="")
    s.run("restore", f"-t{STAMPS[0]}", "-v3", "--encrypt-key", fingerprint("ENCRYPT")[-8:], s.url, s.restored,
          passphrase="")
    s.show_tree()
    s.run("remove-all-but-n-full", "1", "--force", *common, s.url)
    s.run("collection-status", *common, s.url)


@scenario
def a_line_of_cron(s):
    """What configuration management writes: a backup, and if it went well a removal."""
    tree = small_tree(s)
    for number in range(2):
        s.run("--no-print-statistics", "--full-if-older-than", "50000D", "--include", s.source, "--exclude", "**", "/",
              s.url, "--current-time", str(TIMES[number]))
        s.run("remove-older-than", "1M", "--force", s.url)
        if not number:
            first_change(tree)


@scenario
def functional_tests_of_duplicity(s):
    """The options that its own tests give to every call, below setsid and with stdin from nowhere."""
    tree = small_tree(s)
    common = ("-v0", "--no-print-statistics", "--allow-source-mismatch")
    s.run("full", *common, "--volsize", "1", "--current-time", str(TIMES[0]), s.source, s.url, before=("setsid", "-w"))
    first_change(tree)
    s.run("inc", *common, "--fail", "1", "--current-time", str(TIMES[1]), s.source, s.url, before=("setsid", "-w"))
    s.run("inc", *common, "--current-time", str(TIMES[2]), s.source, s.url, before=("setsid", "-w"))
    s.run("verify", *common, "--compare-data", s.url, s.source, before=("setsid", "-w"))
    # Ours goes on with the increment under its first time, the reference begins it anew.
    s.show_names(edits=[Edit("resumes-behind", r"\.to\.20231118T", ".to.20231116T")])
