#!/bin/bash
# OpenSSH server for sftp, scp (new and legacy), rsync over ssh and fish.
# Debian: openssh-server openssh-client (rsync too for rsync over ssh)
# SFTP_DENY=posix-rename,statvfs   refuse these sftp requests (fallback tests)
# SFTP_READONLY=on                 an sftp server that writes nothing
# SSHD_SFTP=off                    no sftp at all: only the shell is left
# SSHD_KEYS='user_rsa'             which of the user's keys may log in (user_ed25519 user_rsa user_pass)
# SSHD_HOST_KEYS='host_rsa'        which keys the server has (host_ed25519 host_ecdsa host_rsa)
# SSHD_LOG=DEBUG1                  how much the server says in DIR/sshd.log
# SSHD_EXTRA='Line\nLine'          more sshd_config lines
. "$(dirname "$0")/lib.sh"
do_check() {
  need sshd "apt: openssh-server"; need ssh-keygen "apt: openssh-client"
}
do_start() {
  local sshd sub u k keys
  sshd=$(command -v sshd); u=$(id -un)
  [ "$(id -u)" = 0 ] && mkdir -p -m 0755 /run/sshd
  mkdir -p "$DIR/data"
  for k in host_ed25519 user_ed25519 user_other; do
    [ -s "$DIR/$k" ] || ssh-keygen -q -t ed25519 -N '' -C "$k" -f "$DIR/$k"
  done
  [ -s "$DIR/host_rsa" ]   || ssh-keygen -q -t rsa -b 2048 -N '' -C host_rsa -f "$DIR/host_rsa"
  [ -s "$DIR/host_ecdsa" ] || ssh-keygen -q -t ecdsa -N '' -C host_ecdsa -f "$DIR/host_ecdsa"
  [ -s "$DIR/user_rsa" ]   || ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -C user_rsa -f "$DIR/user_rsa"
  [ -s "$DIR/user_pass" ]  || ssh-keygen -q -t ed25519 -N 'key phrase' -C user_pass -f "$DIR/user_pass"
  for k in ${SSHD_KEYS:-user_ed25519 user_rsa user_pass}; do cat "$DIR/$k.pub"; done >"$DIR/authorized_keys"
  : >"$DIR/known_hosts"
  keys=${SSHD_HOST_KEYS:-host_ed25519 host_ecdsa host_rsa}
  for k in $keys; do
    echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "$DIR/$k.pub")" >>"$DIR/known_hosts"
  done
  echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "$DIR/user_other.pub")" >"$DIR/known_hosts.wrong"
  sub="internal-sftp"; [ -n "${SFTP_DENY:-}" ] && sub="internal-sftp -P $SFTP_DENY"
  [ -n "${SFTP_READONLY:-}" ] && sub="$sub -R"
  cat >"$DIR/sshd_config" <<C
ListenAddress 127.0.0.1
Port $PORT
PidFile $DIR/sshd.own
$(for k in $keys; do echo "HostKey $DIR/$k"; done)
AuthorizedKeysFile $DIR/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 50
LogLevel ${SSHD_LOG:-VERBOSE}
PrintMotd no
$([ "${SSHD_SFTP:-on}" = on ] && echo "Subsystem sftp $sub")
C
  # Else bash, run by ssh, reads the account's .bashrc for each command, whatever that does and however long.
  # Of several SetEnv only the first counts.
  case ${SSHD_EXTRA:-} in *SetEnv*) ;; *) echo "SetEnv SHLVL=1" >>"$DIR/sshd_config" ;; esac
  [ -n "${SSHD_EXTRA:-}" ] && printf "$SSHD_EXTRA\n" >>"$DIR/sshd_config"
  # the environment goes to logins only through sshd; keep it small
  launch sshd env -i PATH="$PATH" "$sshd" -D -e -f "$DIR/sshd_config"
  wait_port sshd "$PORT"
  cat >"$DIR/ssh_config" <<C
Host 127.0.0.1
  Port $PORT
  User $u
  IdentityFile $DIR/user_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile $DIR/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
C
  emit SSH_HOST 127.0.0.1; emit SSH_PORT "$PORT"; emit SSH_USER "$u"
  emit SSH_KEY "$DIR/user_ed25519"; emit SSH_KEY_RSA_PEM "$DIR/user_rsa"
  emit SSH_KEY_LOCKED "$DIR/user_pass"; emit SSH_KEY_LOCKED_PHRASE 'key phrase'
  emit SSH_KEY_REFUSED "$DIR/user_other"
  emit SSH_KNOWN_HOSTS "$DIR/known_hosts"; emit SSH_KNOWN_HOSTS_WRONG "$DIR/known_hosts.wrong"
  emit SSH_CONFIG "$DIR/ssh_config"
  emit SFTP_URL "sftp://$u@127.0.0.1:$PORT/$DIR/data"
  emit SCP_URL "scp://$u@127.0.0.1:$PORT/$DIR/data"
  emit RSYNC_SSH_URL "rsync://$u@127.0.0.1:$PORT/$DIR/data"
  emit FISH_URL "fish://$u@127.0.0.1:$PORT/$DIR/data"
}
# The listening process and those that serve a connection each, which it started.
do_stop() {
  local p t serving=
  if alive "$DIR/sshd.pid"; then
    read -r p t <"$DIR/sshd.pid"
    serving=$(ps -o pid= --ppid "$p")
  fi
  end_all
  for p in $serving; do kill -TERM "$p" 2>/dev/null; done
  return 0
}
main "$@"
