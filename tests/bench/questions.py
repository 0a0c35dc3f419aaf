#!/usr/bin/env python3
"""How long questions about many files take: prints times, asserts nothing.

    tests/bench/questions.py [FILES]        (default 100000; needs DUPLID_BIN and DUPLICTL_BIN)

One tree of many small files, a full set and a few increments by duplid; then each question with a
cold index (deleted before) and a warm one, and duplicity's own list with an empty archive dir beside
duplid's with an empty one.
"""

import os
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import world as worlds
from trees import EPOCH, Tree

worlds.COMMAND_SECONDS_MAX = 3600
INCREMENTS = 5


def measured(what, run, *words, **how):
    begin = time.monotonic()
    result = run(*words, **how)
    print(f"{what:48} {time.monotonic() - begin:8.2f} s", flush=True)
    return result


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    mode = worlds.MODES["passphrase"]
    world = worlds.World(quick_passphrases=False)
    try:
        tree = Tree(world.source)
        for number in range(files):
            tree.file(f"{number % 100}/{number // 100 % 100}/file{number}", b"%d" % number)
        for step in range(INCREMENTS + 1):
            for number in range(step, files, 1000):
                tree.file(f"{number % 100}/{number // 100 % 100}/file{number}", b"%d %d" % (number, step),
                          mtime=EPOCH + step)
            world.back_up("duplid", kind="incremental" if step else "full", mode=mode)

        index = world.archive_dir / world.name / "files.db"
        questions = {
            "a page of the newest list": ["list-current-files", world.url, "--limit", "200"],
            "a folder": ["list-current-files", world.url, "7/7", "--children"],
            "a page of the first list": ["list-current-files", world.url, "--limit", "200", "--time", str(EPOCH)],
            "find one name": ["find", world.url, f"file{files // 2}"],
            "versions of a file": ["versions", world.url, "0/0/file0"],
            "the whole list": ["list-current-files", world.url],
        }
        for name, words in questions.items():
            index.unlink(missing_ok=True)
            measured(name + ", no index", world.duplictl, *words, mode=mode)
            measured(name + ", warm", world.duplictl, *words, mode=mode)

        for program in ("duplicity", "duplictl"):
            shutil.rmtree(world.archive_dir)
            measured(f"list by {program}, empty archive dir", getattr(world, program), "list-current-files", world.url,
                     mode=mode)
        shutil.rmtree(world.archive_dir)
        measured("sync by duplictl, empty archive dir", world.duplictl, "sync", world.url, mode=mode)
        print(f"index: {os.path.getsize(index) / files:.0f} bytes a file" if index.exists() else "no index")
    finally:
        world.close()


if __name__ == "__main__":
    main()
