"""A backup that is caught midway: some of its volumes are on the target, its manifest is not."""

from processes import daemon_of, hold
from trees import EPOCH, Tree, noise
from world import wait_until

MIB = 1 << 20


def make_large(root, files=40):
    """Enough to read, at volumes of 1 MiB, that a backup can be caught in the middle of it. Of duplicity's, which
    takes ten times as long, 8 files are enough."""
    tree = Tree(root)
    block = noise(4 * MIB, 1)
    for number in range(files):
        # Rotated, so that no two files are equal; quick to make.
        tree.file(f"large/{number:02}", block[number * 4096:] + block[:number * 4096])
    tree.file("small", b"small")
    tree.stamp(EPOCH)
    return tree


def started(world, *words):
    """Starts a full backup by duplid and returns (client, daemon), the daemon held still midway."""
    client = world.start(world.duplictl_words("backup", world.source, world.url, "--full", "--volsize", "1", *words))
    daemon = wait_until("its daemon runs", lambda: daemon_of(client), client)
    _until_midway(world, client)
    hold(daemon)
    _still_midway(world)
    return client, daemon


def started_duplicity(world):
    """The same by duplicity, which is its own daemon."""
    process = world.start(world.duplicity_words("full", world.source, world.url, "--volsize", "1"))
    _until_midway(world, process)
    hold(process.pid)
    _still_midway(world)
    return process


def manifests(world):
    return world.target_names(r"manifest") if world.target.exists() else []


def _until_midway(world, process):
    before = len(manifests(world))
    world.manifests_before = before
    volumes = len(world.target_names(r"^duplicity.*vol\d+\.difftar")) if world.target.exists() else 0
    wait_until("a volume of the new set is on the target",
               lambda: world.target.exists() and len(world.target_names(r"^duplicity.*vol\d+\.difftar")) > volumes, process)


def _still_midway(world):
    if len(manifests(world)) != world.manifests_before:
        raise AssertionError("the backup was over before it could be caught: make_large() is too small")
