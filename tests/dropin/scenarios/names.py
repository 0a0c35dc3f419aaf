"""Archive dirs, names of archive dirs, names of files on the target, forms of URLs."""

import hashlib
import os

from deviations import Edit, Instead
from masks import NAMES_DROPPED
from sets import TIMES, first_change, small_tree

from scenarios import scenario


def at(number):
    return "--no-print-statistics", "--current-time", str(TIMES[number])


@scenario
def default_archive_dir(s):
    """Below XDG_CACHE_HOME, named by the MD5 of the URL as it is typed."""
    small_tree(s)
    s.run("full", *at(0), s.source, s.url, archive=False)
    s.run("collection-status", f"{s.url}/", archive=False)
    s.note("names", [name.replace(hashlib.md5(s.url.encode()).hexdigest(), "MD5 OF THE URL")
                     .replace(hashlib.md5(f"{s.url}/".encode()).hexdigest(), "MD5 OF THE URL WITH /")
                     for name in sorted((str(path.relative_to(s.base)) for path in s.base.glob("cache/**/*")
                                         if not NAMES_DROPPED.match(path.name)),
                                        key=lambda name: name.replace(hashlib.md5(s.url.encode()).hexdigest(), ""))])


@scenario
def home_and_variables(s):
    """Without XDG_CACHE_HOME below HOME; $VAR and ~ in paths, never in URLs."""
    small_tree(s)
    s.run("full", *at(0), "$SRC", s.url, archive=False, environment={"XDG_CACHE_HOME": None, "SRC": str(s.source)})
    s.run("collection-status", s.url, "--archive-dir", "~/elsewhere", "--name", "x", archive=False)
    s.note("names", sorted(str(path.relative_to(s.base)) for path in s.base.glob("home/**/*")
                           if path.is_dir() and len(path.name) != 32))


@scenario
def names_of_old(s):
    """--old-filenames, --short-filenames and --time-separator, and a chain that goes on with them."""
    tree = small_tree(s)
    s.run("full", *at(0), "--old-filenames", s.source, s.url)
    s.run("full", *at(1), "--short-filenames", s.source, f"{s.url}-short", archive=False)
    s.run("full", *at(0), "--time-separator", "_", "--old-filenames", s.source, f"{s.url}-separator", archive=False)
    first_change(tree)
    s.run("incremental", *at(2), "--old-filenames", s.source, s.url)
    s.show_names()
    s.show_names(s.base / "target-short")
    s.show_names(s.base / "target-separator")


@scenario
def prefixes_of_files(s):
    """The four prefixes of names on the target."""
    small_tree(s)
    words = ("--file-prefix", "X-", "--file-prefix-archive", "A-", "--file-prefix-manifest", "M-",
             "--file-prefix-signature", "S-")
    s.run("full", *at(0), *words, s.source, s.url)
    s.show_names()
    s.run("collection-status", *words, s.url)
    s.run("collection-status", s.url)


@scenario
def a_local_folder_as_deja_dup_names_it(s):
    """gio+file: is a folder; its prefix is part of the archive dir's name."""
    s.begin_with("full")
    s.run("collection-status", f"gio+file://{s.target}", archive=False,
          edits=[Edit("clean-values", "^backend file$|^backend BackendWrapper$", "backend gio+file")],
          environment={"DBUS_SESSION_BUS_ADDRESS": f"unix:path={s.base}/run/nothing"})
    url = f"gio+file://{s.target}"
    s.note("names", [name.replace(hashlib.md5(url.encode()).hexdigest(), "MD5 OF THE URL")
                     for name in sorted(os.listdir(s.base / "cache" / "duplicity"))])


@scenario
def a_target_that_is_made(s):
    """The directory of a file URL is made with its parents."""
    small_tree(s)
    s.run("full", *at(0), s.source, f"{s.url}/deep/er")
    s.show_names(s.target / "deep/er")


@scenario
def a_path_with_a_colon(s):
    """A path with a colon is a path with ours, a URL with the reference."""
    small_tree(s).file("x")
    s.source.rename(s.base / "a:b")
    s.run("full", *at(0), "a:b", s.url, instead=Instead("colons-in-paths", 0))
    s.run("full", *at(1), "./a:b", f"{s.url}-2", archive=False)
