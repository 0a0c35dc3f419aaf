#!/usr/bin/python3
"""Asks and presses the widgets of the programs on the accessibility bus of this session, by plain D-Bus calls.

    a11y.py list              one JSON document a line: role, name, whether it is sensitive
    a11y.py press ROLE NAME   does the first thing that this widget offers; status 1 if there is none
    a11y.py titles            the names of the windows that are shown

A script of its own because it needs Debian's python3-gi, which another Python than /usr/bin/python3 lacks.
"""

import json
import sys

from gi.repository import Gio, GLib

TIMEOUT_MS = 10_000
SENSITIVE, SHOWING = 24, 25  # AtspiStateType
ACCESSIBLE = "org.a11y.atspi.Accessible"


def accessibility_bus():
    session = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    address = session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, 0, TIMEOUT_MS,
                                None).unpack()[0]
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)


class Widget:
    def __init__(self, bus, owner, path):
        self._bus, self._owner, self._path = bus, owner, path
        self.name = self._call("org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", (ACCESSIBLE, "Name")))
        self.role = self._call(ACCESSIBLE, "GetRoleName")
        low, high = self._call(ACCESSIBLE, "GetState")
        self._states = low | high << 32

    def _call(self, interface, method, arguments=None):
        return self._bus.call_sync(self._owner, self._path, interface, method, arguments, None, 0, TIMEOUT_MS,
                                   None).unpack()[0]

    def has(self, state):
        return bool(self._states >> state & 1)

    def press(self):
        return self._call("org.a11y.atspi.Action", "DoAction", GLib.Variant("(i)", (0,)))

    def all(self):
        """This and everything below it. What vanishes meanwhile is left out."""
        yield self
        try:
            for owner, path in self._call(ACCESSIBLE, "GetChildren"):
                yield from Widget(self._bus, owner, path).all()
        except GLib.Error:
            return


def main():
    what, *words = sys.argv[1:]
    root = Widget(accessibility_bus(), "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
    for widget in root.all():
        if what == "list":
            print(json.dumps({"role": widget.role, "name": widget.name, "sensitive": widget.has(SENSITIVE)}))
        elif what == "titles" and widget.role in ("window", "dialog", "alert") and widget.has(SHOWING):
            print(widget.name)
        elif what == "press" and [widget.role, widget.name] == words and widget.has(SENSITIVE):
            return 0 if widget.press() else 1
    return 1 if what == "press" else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GLib.Error as error:  # the bus or the program is not there yet, or no more
        print(error.message, file=sys.stderr)
        sys.exit(1)
