#!/bin/bash
# A stand-in for Amazon S3 that checks every signature (s3_standin.py says what it is good for, and what
# not: behaviour is judged by radosgw.sh and swift.sh). Its bucket is called "bucket".
. "$(dirname "$0")/lib.sh"
do_check() { need python3 "apt: python3"; }
do_start() {
  launch standin python3 "$(cd "$(dirname "$0")" && pwd)/s3_standin.py" "$PORT"
  wait_port standin "$PORT" 20
  emit S3_ENDPOINT "http://127.0.0.1:$PORT"
  emit AWS_ACCESS_KEY_ID AKIASTANDIN; emit AWS_SECRET_ACCESS_KEY 'standin/secret+key'
}
main "$@"
