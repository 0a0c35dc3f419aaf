#!/bin/bash
# A session of its own: a D-Bus session bus, and on it the daemons of GVfs, which start when they are
# asked for. PORT is not used.
# Debian: dbus-daemon libglib2.0-bin gvfs gvfs-daemons gvfs-backends
# GVFS_SSH_CONFIG=FILE   what the ssh of an sftp mount reads instead of the account's own files
. "$(dirname "$0")/lib.sh"
do_check() {
  local module
  need dbus-daemon "apt: dbus-daemon"; need gio "apt: libglib2.0-bin"
  need /usr/share/dbus-1/services/org.gtk.vfs.Daemon.service "apt: gvfs-daemons"
  need /usr/share/gvfs/mounts/sftp.mount "apt: gvfs-backends"
  module=$(echo /usr/lib/*/gio/modules/libgvfsdbus.so)
  need "$module" "apt: gvfs"
}
do_start() {
  local i
  mkdir -p -m 700 "$DIR/bin" "$DIR/home" "$DIR/run"
  rm -f "$DIR/run/bus"
  if [ -n "${GVFS_SSH_CONFIG:-}" ]; then
    printf '#!/bin/sh\nexec %q -F %q "$@"\n' "$(command -v ssh)" "$GVFS_SSH_CONFIG" >"$DIR/bin/ssh"
    chmod 755 "$DIR/bin/ssh"
  fi
  # What the bus starts has its environment.
  launch dbus-daemon env -i PATH="$DIR/bin:$PATH" HOME="$DIR/home" USER="$(id -un)" LC_ALL=C.UTF-8 \
    XDG_RUNTIME_DIR="$DIR/run" GVFS_DISABLE_FUSE=1 \
    dbus-daemon --session --nofork --nosyslog --address="unix:path=$DIR/run/bus"
  for i in $(seq 200); do
    [ -S "$DIR/run/bus" ] && break
    alive "$DIR/dbus-daemon.pid" || { tail -n 15 "$DIR/dbus-daemon.log" >&2; die "the bus ended during start"; }
    sleep 0.1
  done
  emit DBUS_SESSION_BUS_ADDRESS "unix:path=$DIR/run/bus"; emit XDG_RUNTIME_DIR "$DIR/run"
}
of_session() { grep -lsxzF "XDG_RUNTIME_DIR=$DIR/run" /proc/[0-9]*/environ | cut -d/ -f3; }
# GVfs's daemons end with their bus. Those that are busy are told to.
do_stop() {
  local i p
  end_all
  for i in $(seq 50); do
    [ -z "$(of_session)" ] && return 0
    [ "$i" = 20 ] && for p in $(of_session); do kill -TERM "$p" 2>/dev/null; done
    sleep 0.1
  done
  for p in $(of_session); do kill -KILL "$p" 2>/dev/null; done
  return 0
}
main "$@"
