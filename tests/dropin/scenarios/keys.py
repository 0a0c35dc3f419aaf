"""Public keys and signatures."""

from sets import TIMES, first_change, small_tree
from world import fingerprint

from scenarios import scenario

ENCRYPT, SIGN = fingerprint("ENCRYPT"), fingerprint("SIGN")


def at(number):
    return "--no-print-statistics", "--current-time", str(TIMES[number])


@scenario
def to_a_key(s):
    """A backup to a key asks for nothing; a restore does."""
    s.world.import_keys()
    tree = small_tree(s)
    s.plain = False
    s.run("full", *at(0), "--encrypt-key", ENCRYPT, s.source, s.url)
    first_change(tree)
    s.run("incr", *at(1), "--encrypt-key", ENCRYPT, s.source, s.url)
    s.run("list-current-files", s.url, "--encrypt-key", ENCRYPT)
    s.show_names()
    s.run("restore", s.url, s.restored, "--encrypt-key", ENCRYPT)
    s.run("restore", s.url, s.restored, "--encrypt-key", ENCRYPT, passphrase="")
    s.show_tree()


@scenario
def hidden_and_joined(s):
    """A hidden recipient, and further words for gpg."""
    s.world.import_keys()
    small_tree(s)
    s.plain = False
    s.run("full", *at(0), "--hidden-encrypt-key", ENCRYPT, "--gpg-options", "--compress-algo=none",
          "--gpg-options", "--no-emit-version", s.source, s.url)
    s.restored_by_the_other("--encrypt-key", ENCRYPT, passphrase="")


@scenario
def signed(s):
    """Signed volumes; a restore that wants another signature is refused."""
    s.world.import_keys()
    small_tree(s)
    s.plain = False
    s.run("full", *at(0), "--encrypt-key", ENCRYPT, "--sign-key", SIGN, s.source, s.url, passphrase="",
          environment={"SIGN_PASSPHRASE": ""})
    s.run("restore", "--encrypt-key", ENCRYPT, "--sign-key", SIGN, s.url, s.restored, passphrase="")
    s.show_tree()
    for number, key in enumerate((ENCRYPT[-8:], f"0x{ENCRYPT[-16:]}", ENCRYPT)):
        s.run("restore", "--encrypt-key", ENCRYPT, "--sign-key", key, s.url, f"{s.restored}-{number}", passphrase="")
    s.run("verify", "--ignore-errors", "--encrypt-key", ENCRYPT, "--sign-key", ENCRYPT, s.url, s.source, passphrase="")
    s.run("full", *at(1), "--encrypt-sign-key", ENCRYPT, s.source, s.url, passphrase="")
    s.show_names()


@scenario
def not_signed(s):
    """Volumes without a signature are refused by whoever wants one: 22."""
    s.world.import_keys()
    small_tree(s)
    s.plain = False
    s.run("full", *at(0), "--encrypt-key", ENCRYPT, s.source, s.url, passphrase="")
    s.run("restore", "--encrypt-key", ENCRYPT, "--sign-key", SIGN, s.url, s.restored, passphrase="")


@scenario
def to_nobody(s):
    """A recipient that gpg does not know: 31."""
    s.world.import_keys()
    small_tree(s)
    s.plain = False
    s.run("full", *at(0), "--encrypt-key", "0123456789ABCDEF", s.source, s.url, passphrase="")


@scenario
def a_program_that_is_no_gpg(s):
    """--gpg-binary names another program."""
    small_tree(s)
    s.plain = False
    s.run("full", *at(0), "--gpg-binary", "/usr/bin/gpg", s.source, s.url, passphrase="x")
    s.show_names()
