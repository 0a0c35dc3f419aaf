#!/bin/bash
# Azurite (Azure Blob emulator) on PORT, HTTPS on PORT+1 when AZURITE_TLS=1 (then PORT is TLS itself).
# npm: azurite, where etc/install-node-packages puts it, or in the folder that AZURITE_HOME names.
# SharedKey and SAS signatures are checked. Well-known account devstoreaccount1, plus account "duplid".
# AZURITE_PLANTED_KEY=...          the latter's key, in base64; it is in the server's environment
. "$(dirname "$0")/lib.sh"
find_js() {
  local d
  for d in "${AZURITE_HOME:-}" "${XDG_CACHE_HOME:-$HOME/.cache}/duplid-tests/node"; do
    JS=$d/node_modules/azurite/dist/src/blob/main.js
    [ -n "$d" ] && [ -e "$JS" ] && return 0
  done
  return 1
}
do_check() { need node "apt: nodejs"; find_js || { echo "$SELF: needs azurite. Install: etc/install-node-packages etc/packages/node" >&2; exit 3; }; }
do_start() {
  local key proto=http tls=()
  key=${AZURITE_PLANTED_KEY:-$(head -c 64 /dev/zero | tr '\0' 'k' | base64 -w0)}
  if [ "${AZURITE_TLS:-0}" = 1 ]; then make_cert; proto=https; tls=(--cert "$DIR/server.pem" --key "$DIR/server.key"); emit AZURE_CA "$DIR/ca.pem"; fi
  mkdir -p "$DIR/data"
  launch azurite env AZURITE_ACCOUNTS="duplid:$key" node --max-old-space-size=256 "$JS" --blobHost 127.0.0.1 --blobPort "$PORT" \
    -l "$DIR/data" --silent --disableProductStyleUrl --skipApiVersionCheck --disableTelemetry "${tls[@]}"
  wait_port azurite "$PORT" 60
  emit AZURE_ENDPOINT "$proto://127.0.0.1:$PORT/duplid"
  emit AZURE_ACCOUNT_NAME duplid; emit AZURE_ACCOUNT_KEY "$key"
  emit AZURE_CONNECTION_STRING "DefaultEndpointsProtocol=$proto;AccountName=duplid;AccountKey=$key;BlobEndpoint=$proto://127.0.0.1:$PORT/duplid;"
  emit AZURE_URL azure://duplid-test
}
main "$@"
