"""Modules that only Debian's own Python has: its packages install them for no other."""

import importlib.util
import os
import sys

PYTHON = "/usr/bin/python3"


def need(module):
    """Goes on as Debian's Python where this one has no such module, and that one is another."""
    if importlib.util.find_spec(module) is None and os.path.realpath(sys.executable) != os.path.realpath(PYTHON):
        os.execv(PYTHON, [PYTHON, *sys.argv])
