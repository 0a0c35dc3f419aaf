"""Words for ssh by which tests reach their own server (tests/servers/sshd.sh) and look at nothing else."""

from pathlib import Path


def ssh_words(server, key="user_ed25519", known="known_hosts", *more):
    """--ssh-options that leave nothing to what this machine's own ssh is set up with."""
    return " ".join(["-F none", f"-oIdentityFile={server.directory}/{key}", "-oIdentitiesOnly=yes",
                     f"-oUserKnownHostsFile={server.directory}/{known}",
                     "-oGlobalKnownHostsFile=none", *more])


def aliased_ssh_words(server):
    """The same, by which the server is known at another port, too: that of a fault proxy."""
    lines = Path(server.directory, "known_hosts").read_text().splitlines()
    Path(server.directory, "known_alias").write_text(
        "".join("our-server " + line.split(" ", 1)[1] + "\n" for line in lines))
    return ssh_words(server, "user_ed25519", "known_alias", "-oHostKeyAlias=our-server")
