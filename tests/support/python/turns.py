"""Both programs at work on one target that is no directory."""

import shutil

from trees import edit, make_everything

SETS = 4


def take_turns(test, url, first, options=(), duplicity_options=()):
    """A chain whose sets both programs write in turn, `first` the full one. Each then restores it with
    an empty archive directory: all that it has comes from the target. `options` are for both."""
    world = test.world
    programs = [first, "duplicity" if first == "duplid" else "duplid"]
    tree = make_everything(world.source)
    for step in range(SETS):
        if step:
            edit(tree, step)
        kind = "incremental" if step else "full"
        with world.new_set():
            if programs[step % 2] == "duplid":
                world.duplictl("backup", world.source, url, f"--{kind}", "--volsize", "1", *options)
            else:
                world.duplicity(kind, world.source, url, "--volsize", "1", *options, *duplicity_options)
    expected = tree.listing()
    for program in programs:
        with test.subTest("restored by " + program):
            shutil.rmtree(world.archive_dir, ignore_errors=True)
            directory = world.root / "restored" / program
            if program == "duplid":
                world.duplictl("restore", url, directory, *options)
            else:
                world.duplicity("restore", url, directory, *options, *duplicity_options)
            test.assert_same_tree(expected, directory)
    verified = world.duplicity("verify", "--compare-data", url, world.source, *options, *duplicity_options)
    test.assertIn("0 differences found", verified.out)


def with_variables(world, variables):
    """Both programs get these besides what a world gives them."""
    plain = world.environment
    world.environment = lambda passphrase=None: plain(passphrase) | variables
