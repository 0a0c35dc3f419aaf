#!/bin/bash
# OpenStack Swift, all in one, one replica: Swift API with v1 (tempauth) login and,
# on the same port, the S3 API (s3api: SigV2 and SigV4 checked, multipart, list v2).
# Debian: swift-proxy swift-account swift-container swift-object memcached
# DIR must lie on a file system with user xattrs (ext4, xfs, btrfs).
# Lists have pages of 1100 (the S3 API asks for one name more than S3's 1000). SWIFT_SLO=off leaves static large objects out, as old clusters do.
# SWIFT_MIN_SEGMENT=1 (default) lets tests use tiny SLO segments; S3 parts keep S3's 5 MiB minimum
# unless S3_MIN_PART is set.
# SWIFT_PLANTED_PASSWORD=...       of the user test:tester, in place of "testing"
. "$(dirname "$0")/lib.sh"
do_check() {
  need swift-proxy-server "apt: swift-proxy"; need swift-object-server "apt: swift-object"
  need swift-container-server "apt: swift-container"; need swift-account-server "apt: swift-account"
  need memcached "apt: memcached"
}
do_start() {
  local u s i slo=' slo' password=${SWIFT_PLANTED_PASSWORD:-testing}; u=$(id -un)
  unset SWIFT_PLANTED_PASSWORD  # tests look for it in every environment
  [ "${SWIFT_SLO:-on}" = off ] && slo=
  for i in 1 2 3 4; do port_free $((PORT+i)); done
  mkdir -p "$DIR"/{disk/d1,conf,cache,lock}
  python3 - "$DIR/disk/d1" <<'P' || die "no user xattrs on the file system of DIR; choose another"
import os,sys
f=os.path.join(sys.argv[1],'.x'); open(f,'w').close()
try: os.setxattr(f,'user.t',b'1')
finally: os.unlink(f)
P
  cat >"$DIR/conf/swift.conf" <<C
[swift-hash]
swift_hash_path_suffix = duplid-test
swift_hash_path_prefix = duplid-test
[swift-constraints]
container_listing_limit = 1100
[storage-policy:0]
name = standard
default = yes
[storage-policy:1]
name = cold
[storage-policy:2]
name = PCA
C
  # By Swift's own module: its program would be started fifteen times.
  [ -e "$DIR/conf/account.ring.gz" ] || ( cd "$DIR/conf" && /usr/bin/python3 - "$PORT" ) >"$DIR/rings.log" 2>&1 <<'P'
import sys
from swift.common.ring import RingBuilder
for name, offset in ("object", 1), ("object-1", 1), ("object-2", 1), ("container", 2), ("account", 3):
    port, builder = int(sys.argv[1]) + offset, RingBuilder(4, 1, 1)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1.0,
                     "meta": "", "replication_ip": "127.0.0.1", "replication_port": port})
    builder.rebalance()
    builder.get_ring().save(name + ".ring.gz")
P
  [ -e "$DIR/conf/account.ring.gz" ] || { tail -n 5 "$DIR/rings.log" >&2; die "no rings"; }
  for s in "object 1" "container 2" "account 3"; do set -- $s
    cat >"$DIR/conf/$1.conf" <<C
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $((PORT+$2))
swift_dir = $DIR/conf
devices = $DIR/disk
mount_check = false
user = $u
workers = 0
disable_fallocate = true
log_level = WARNING
recon_cache_path = $DIR/cache
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
mount_check = false
C
  done
  cat >"$DIR/conf/proxy.conf" <<C
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $PORT
swift_dir = $DIR/conf
user = $u
workers = 0
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl s3api tempauth copy container-quotas account-quotas$slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = $password .admin http://127.0.0.1:$PORT/v1/AUTH_test
user_test_reader = reading http://127.0.0.1:$PORT/v1/AUTH_test
token_life = ${SWIFT_TOKEN_LIFE:-86400}
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
auth_pipeline_check = false
min_segment_size = ${S3_MIN_PART:-5242880}
dns_compliant_bucket_names = true
storage_domain = localhost
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$((PORT+4))
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:bulk]
use = egg:swift#bulk
[filter:tempurl]
use = egg:swift#tempurl
[filter:copy]
use = egg:swift#copy
[filter:symlink]
use = egg:swift#symlink
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:account-quotas]
use = egg:swift#account_quotas
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
C
  # The servers would read policies and limits from /etc/swift/swift.conf, whatever their own files say.
  cat >"$DIR/conf/serve.py" <<'P'
import runpy, sys
from swift.common import utils
utils.set_swift_dir(sys.argv[1])
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
P
  launch memcached memcached -l 127.0.0.1 -p $((PORT+4)) -m 16 -U 0 $([ "$(id -u)" = 0 ] && echo "-u $u")
  launch account   /usr/bin/python3 "$DIR/conf/serve.py" "$DIR/conf" /usr/bin/swift-account-server   "$DIR/conf/account.conf" -v
  launch container /usr/bin/python3 "$DIR/conf/serve.py" "$DIR/conf" /usr/bin/swift-container-server "$DIR/conf/container.conf" -v
  launch object    /usr/bin/python3 "$DIR/conf/serve.py" "$DIR/conf" /usr/bin/swift-object-server    "$DIR/conf/object.conf" -v
  launch proxy     /usr/bin/python3 "$DIR/conf/serve.py" "$DIR/conf" /usr/bin/swift-proxy-server     "$DIR/conf/proxy.conf" -v
  wait_port memcached $((PORT+4)); wait_port account $((PORT+3)) 60; wait_port container $((PORT+2)) 60; wait_port object $((PORT+1)) 60
  wait_port proxy "$PORT" 60
  emit SWIFT_AUTHURL "http://127.0.0.1:$PORT/auth/v1.0"; emit SWIFT_AUTHVERSION 1
  emit SWIFT_USERNAME test:tester; emit SWIFT_PASSWORD "$password"
  emit SWIFT_URL swift://duplid-test/set; emit SWIFT_COLD_POLICY cold
  emit S3_ENDPOINT "http://127.0.0.1:$PORT"; emit S3_REGION us-east-1
  emit AWS_ACCESS_KEY_ID test:tester; emit AWS_SECRET_ACCESS_KEY "$password"
  emit S3_URL "boto3+s3://duplid-test/set"; emit S3_VHOST_ENDPOINT "http://localhost:$PORT"
}
main "$@"
