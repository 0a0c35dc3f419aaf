#!/usr/bin/env python3
"""The client stays thin: it can do nothing that the socket cannot, because it links nothing that could."""

import os
import re
import subprocess
import unittest

ENGINE_ONLY = ("librsync", "libgpgme", "libsqlite3", "libcurl", "libssh2", "libuv", "libisal", "libz")


def libraries(program):
    """Every shared library the loader would bring in for `program`, indirect ones included."""
    listed = subprocess.run(["ldd", program], capture_output=True, check=True, text=True).stdout
    return {line.split()[0] for line in listed.splitlines() if line.strip()}


def matching(names, stems):
    return {name for name in names if re.match(rf"({'|'.join(stems)})\.so", name)}


class LinkageTest(unittest.TestCase):
    def test_duplictl_links_none_of_the_engines_libraries(self):
        self.assertEqual(matching(libraries(os.environ["DUPLICTL_BIN"]), ENGINE_ONLY), set())

    def test_the_check_sees_those_libraries_where_they_are_linked(self):
        found = matching(libraries(os.environ["DUPLID_BIN"]), ENGINE_ONLY)
        self.assertEqual(found & {"librsync.so.2", "libsqlite3.so.0"}, {"librsync.so.2", "libsqlite3.so.0"})


if __name__ == "__main__":
    unittest.main()
