"""Stands in for the login manager on a bus of its own: as strict about a delay of sleep as the real one.

login1.py: makes a bus below the current directory, prints its address, and then a line for everything that happens:

    inhibit             somebody took the lock (and has its descriptor)
    refused REASON      somebody asked for something else
    released            the last copy of that descriptor was closed
    connections N       answer to "connections": how many there are besides its own

It is told by lines: "sleep true", "sleep false", "shutdown true", "shutdown false": the signals PrepareForSleep and
PrepareForShutdown; "refuse": from now on every lock is denied; "connections".

Facts: org.freedesktop.login1(5): Inhibit(what, who, why, mode) answers with a descriptor that is the lock; what is a
list with colons, mode "delay" or "block".
"""

import os
import subprocess
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME, PATH, INTERFACE = "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={directory}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="false"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


def say(*words):
    print(*words, flush=True)


class Denied(dbus.DBusException):
    _dbus_error_name = "org.freedesktop.DBus.Error.AccessDenied"


class Manager(dbus.service.Object):
    def __init__(self, bus):
        self.bus = bus
        self.refuses = False
        super().__init__(bus, PATH)

    @dbus.service.method(INTERFACE, in_signature="ssss", out_signature="h")
    def Inhibit(self, what, who, why, mode):
        if self.refuses or what != "sleep:shutdown" or not who or not why or mode != "delay":
            say("refused", what, who, why, mode)
            raise Denied("not like this")
        reader, writer = os.pipe()

        def closed(*_):
            os.close(reader)
            say("released")
            return False

        GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, reader, GLib.IOCondition.HUP, closed)
        given = dbus.types.UnixFd(writer)
        os.close(writer)
        say("inhibit")
        return given

    @dbus.service.signal(INTERFACE, signature="b")
    def PrepareForSleep(self, start):
        pass

    @dbus.service.signal(INTERFACE, signature="b")
    def PrepareForShutdown(self, start):
        pass

    def obey(self, words):
        if words[0] == "sleep":
            self.PrepareForSleep(words[1] == "true")
        elif words[0] == "shutdown":
            self.PrepareForShutdown(words[1] == "true")
        elif words[0] == "refuse":
            self.refuses = True
        elif words[0] == "connections":
            say("connections", sum(name.startswith(":") for name in self.bus.list_names()) - 1)


def main():
    directory = os.getcwd()
    with open("bus.conf", "w", encoding="ascii") as file:
        file.write(CONFIGURATION.format(directory=directory))
    bus_daemon = subprocess.Popen(["dbus-daemon", "--nofork", "--nosyslog", "--nopidfile", "--print-address=1",
                                   "--config-file=bus.conf"], stdout=subprocess.PIPE, text=True)
    try:
        address = bus_daemon.stdout.readline().strip()
        dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
        bus = dbus.bus.BusConnection(address)
        bus.set_exit_on_disconnect(False)
        name = dbus.service.BusName(NAME, bus)
        manager = Manager(bus)
        loop = GLib.MainLoop()

        def told(*_):
            # Not through sys.stdin, which would keep a second line to itself.
            text = os.read(sys.stdin.fileno(), 4096).decode()
            for line in text.splitlines():
                manager.obey(line.split())
            if not text:
                loop.quit()
            return bool(text)

        GLib.io_add_watch(GLib.IOChannel.unix_new(sys.stdin.fileno()), GLib.PRIORITY_DEFAULT,
                          GLib.IOCondition.IN | GLib.IOCondition.HUP, told)
        say(address)
        loop.run()
        del name
    finally:
        bus_daemon.kill()
        bus_daemon.wait()


if __name__ == "__main__":
    main()
