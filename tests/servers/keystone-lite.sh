#!/bin/bash
# Keystone v2.0/v3 stand-in in front of a running swift.sh: KEYSTONE_SWIFT=its SWIFT_AUTHURL.
# Debian: python3
. "$(dirname "$0")/lib.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
do_check() { need python3 "apt: python3"; }
do_start() {
  [ -n "${KEYSTONE_SWIFT:-}" ] || die "set KEYSTONE_SWIFT to the SWIFT_AUTHURL of a running swift.sh"
  launch keystone python3 "$HERE/keystone-lite.py" "$PORT" "$KEYSTONE_SWIFT"
  wait_port keystone "$PORT"
  emit SWIFT_AUTHURL "http://127.0.0.1:$PORT/v3"; emit SWIFT_AUTHVERSION 3
  emit SWIFT_USERNAME tester; emit SWIFT_PASSWORD testing; emit SWIFT_TENANTNAME test
  emit SWIFT_USER_DOMAIN_NAME Default; emit SWIFT_PROJECT_DOMAIN_NAME Default; emit SWIFT_REGIONNAME RegionOne
  emit CLOUDFILES_USERNAME tester; emit CLOUDFILES_APIKEY testing
  emit SWIFT_V2_AUTHURL "http://127.0.0.1:$PORT/v2.0"
}
main "$@"
