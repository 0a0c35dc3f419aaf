"""Both programs at work on one target behind a real server."""

import tempfile
from pathlib import Path

from trees import EPOCH, Tree, noise
from world import OK


class Meeting:
    """Chains on `url` that duplid and duplicity write in turn, and both read back.

    `options` are those that both programs know. `own` and `theirs` are what only one of them needs:
    words, and the URL where duplicity wants another spelling of it.
    """

    def __init__(self, test, url, *options, own=(), theirs=(), their_url=None):
        self.test, self.world = test, test.world
        self.url, self.their_url = url, their_url or url
        self.own, self.theirs = [*options, *own], [*options, *theirs]
        self.archives = 0

    def run(self, program, verb, *words, expect=OK):
        """`words` with the URL as None."""
        is_ours = program == "duplid"
        words = [(self.url if is_ours else self.their_url) if word is None else word for word in words]
        run = self.world.duplictl if is_ours else self.world.duplicity
        return run(verb, *words, *(self.own if is_ours else self.theirs), expect=expect)

    def forget(self):
        """What is known from now on is what the server tells."""
        self.archives += 1
        self.world.archive_dir = self.world.root / f"archive-dir-{self.archives}"

    def back_up(self, program, is_full):
        with self.world.new_set():
            if program == "duplid":
                self.run(program, "backup", self.world.source, None, "--full" if is_full else "--incremental")
            else:
                self.run(program, "full" if is_full else "incremental", self.world.source, None)

    def write(self, programs):
        """A chain, a set by each program; the listing of what the last one stored."""
        tree = Tree(self.world.source)
        for step, program in enumerate(programs):
            tree.file("file", noise(300_000 + step, step), mtime=EPOCH + step)
            tree.file(f"new {step}", noise(1_000, 10 + step), mtime=EPOCH)
            tree.stamp(EPOCH)
            self.forget()
            self.back_up(program, step == 0)
        return tree.listing()

    def check(self, expected, readers=("duplid", "duplicity")):
        for program in readers:
            with self.test.subTest(restored_by=program):
                self.forget()
                directory = Path(tempfile.mkdtemp(dir=self.world.root / "restored")) / program
                self.run(program, "restore", None, directory)
                self.test.assert_same_tree(expected, directory)
