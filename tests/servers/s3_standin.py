"""A strict stand-in for Amazon S3, for what no server at hand does: a clock of its own, regions that
redirect, sessions that expire, archived objects, the metadata service of virtual machines.

Signatures are recomputed here from the bytes that were sent, by the rules of the S3 API reference
("Authenticating Requests"), and path and query must already be canonical. Objects live in memory. boto3
was seen to put, also in parts, list, get and delete here (with exact=no: it sorts its query for the
signature only).

Control, without signature: POST /__set?name=value changes a setting, /__journal lists requests,
/__forget empties that list, /__reset everything.
"""

import base64
import calendar
import email.utils
import hashlib
import hmac
import json
import re
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree
from xml.sax.saxutils import escape

KEY_ID = "AKIASTANDIN"
SECRET = "standin/secret+key"
SKEW_SECONDS_MAX = 15 * 60

SETTINGS = {
    "region": "us-east-1",  # requests signed for another one are redirected
    "clock": "0",           # seconds that this server's clock is ahead
    "token": "",            # the one session token that is good; empty: none may be sent
    "list": "2",            # a server of old: "ignores" list-type, or "refuses" it
    "exact": "yes",         # path and query must be sent as they are signed (no: as boto3 sends them)
    "virtual": "",          # the bucket is the first part of the host's name
    "rotate": "",           # after so many requests the session's token is another one
    "page": "1000",         # keys on a page
    "delete": "many",       # one: no multiple delete
    "secret": SECRET,       # the account's secret access key
    "instance_token": "",   # what the metadata service hands out
    "fail": "",             # a code that the next PUT of an object is refused with, once
    "tag": "",              # what ETags are instead of digests
}
DEFAULTS = dict(SETTINGS)
BUCKETS = {"bucket": {}}
UPLOADS = {}
JOURNAL = []
LOCK = threading.RLock()


class Refused(Exception):
    def __init__(self, status, code, extra="", headers=()):
        super().__init__(code)
        self.status, self.code, self.extra, self.headers = status, code, extra, dict(headers)


def encoded(text, keep=""):
    return urllib.parse.quote(text, safe="-._~" + keep)


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check_signature(method, raw_path, raw_query, headers, body):
    authorization = headers.get("authorization", "")
    parts = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, "
                         r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})", authorization)
    if not parts:
        raise Refused(403, "AccessDenied")
    key_id, day, region, names, signature = parts.groups()
    names = names.split(";")
    if key_id != KEY_ID:
        raise Refused(403, "InvalidAccessKeyId")
    must = {"host"} | {name for name in headers if name.startswith("x-amz-")} | \
        ({"content-md5"} & set(headers))
    if names != sorted(names) or not must <= set(names):
        raise Refused(403, "AccessDenied", "<Why>headers that must be signed</Why>")
    pairs = urllib.parse.parse_qsl(raw_query, keep_blank_values=True)
    query = "&".join(f"{name}={value}" for name, value in
                     sorted((encoded(name), encoded(value)) for name, value in pairs))
    path = encoded(urllib.parse.unquote(raw_path), "/")
    if SETTINGS["exact"] == "yes" and (path, query) != (raw_path, raw_query):
        raise Refused(403, "SignatureDoesNotMatch", f"<Why>not canonical: {escape(path + '?' + query)}</Why>")
    payload = headers.get("x-amz-content-sha256", "")
    if payload != hashlib.sha256(body).hexdigest():
        raise Refused(400, "XAmzContentSHA256Mismatch")
    canonical = "\n".join([method, path, query, *(f"{name}:{headers[name].strip()}" for name in names), "",
                           ";".join(names), payload])
    scope = f"{day}/{region}/s3/aws4_request"
    moment = headers.get("x-amz-date", "")
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope,
                         hashlib.sha256(canonical.encode()).hexdigest()])
    key = mac(mac(mac(mac(b"AWS4" + SETTINGS["secret"].encode(), day), region), "s3"), "aws4_request")
    if not moment.startswith(day) or mac(key, to_sign).hex() != signature:
        raise Refused(403, "SignatureDoesNotMatch")
    sent = calendar.timegm(time.strptime(moment, "%Y%m%dT%H%M%SZ"))
    if abs(sent - now()) > SKEW_SECONDS_MAX:
        raise Refused(403, "RequestTimeTooSkewed")
    if region != SETTINGS["region"]:
        raise Refused(301, "PermanentRedirect", headers={"x-amz-bucket-region": SETTINGS["region"]})
    token = headers.get("x-amz-security-token", "")
    if token != SETTINGS["token"]:
        raise Refused(400, "ExpiredToken")


def rotate_token():
    if SETTINGS["rotate"]:
        SETTINGS["rotate"] = str(int(SETTINGS["rotate"]) - 1)
        if SETTINGS["rotate"] == "0":
            SETTINGS.update(rotate="", token=SETTINGS["token"] + "+", instance_token=SETTINGS["token"] + "+")


def now():
    return time.time() + int(SETTINGS["clock"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(now(), usegmt=True)

    def reply(self, status, body=b"", headers=()):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        raw_path, _, raw_query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(raw_query, keep_blank_values=True))
        with LOCK:
            if raw_path.startswith("/__"):
                return self.control(raw_path, query)
            if raw_path.startswith("/latest/"):
                return self.metadata(raw_path, headers)
            JOURNAL.append({"method": self.command, "path": raw_path, "query": query, "headers": {
                name: value for name, value in headers.items() if name != "authorization"}})
            try:
                check_signature(self.command, raw_path, raw_query, headers, body)
                rotate_token()
                bucket = headers["host"].partition(".")[0] if SETTINGS["virtual"] else ""
                path = urllib.parse.unquote(raw_path)
                self.serve(f"/{bucket}{path}" if bucket else path, query, headers, body)
            except Refused as refused:
                # As Amazon does it: an answer to HEAD has no words.
                self.reply(refused.status, f"<?xml version=\"1.0\"?><Error><Code>{refused.code}</Code>"
                           f"<Message>refused by the stand-in</Message>{refused.extra}</Error>",
                           refused.headers)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

    def control(self, path, query):
        if path == "/__set":
            SETTINGS.update(query)
        elif path == "/__forget":
            JOURNAL.clear()
        elif path == "/__reset":
            JOURNAL.clear()
            UPLOADS.clear()
            BUCKETS["bucket"].clear()
            SETTINGS.update(DEFAULTS)
        self.reply(200, json.dumps(JOURNAL))

    def metadata(self, path, headers):
        roles = "/latest/meta-data/iam/security-credentials/"
        if self.command == "PUT" and path == "/latest/api/token":
            ttl = headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
            return self.reply(200 if ttl.isdigit() else 400, "proof")
        if headers.get("x-aws-ec2-metadata-token") != "proof":
            return self.reply(401)
        JOURNAL.append({"method": self.command, "path": path})
        if path == roles:
            return self.reply(200, "backup role\n")
        if path == roles + "backup%20role":
            expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            return self.reply(200, json.dumps({
                "Code": "Success", "AccessKeyId": KEY_ID, "SecretAccessKey": SETTINGS["secret"],
                "Token": SETTINGS["instance_token"], "Expiration": expiry}))
        return self.reply(404)

    def serve(self, path, query, headers, body):
        bucket, _, key = path[1:].partition("/")
        if bucket not in BUCKETS:
            if self.command == "PUT" and not key:
                BUCKETS[bucket] = {}
                return self.reply(200)
            raise Refused(404, "NoSuchBucket")
        objects = BUCKETS[bucket]
        if not key:
            return self.serve_bucket(objects, query, headers, body)
        return self.serve_object(objects, key, query, headers, body)

    def serve_bucket(self, objects, query, headers, body):
        if self.command == "HEAD":
            return self.reply(200)
        if "delete" in query:
            return self.delete_many(objects, headers, body)
        if "uploads" in query:
            return self.reply(200, "<ListMultipartUploadsResult></ListMultipartUploadsResult>")
        return self.reply(200, self.listing(objects, query))

    def listing(self, objects, query):
        is_second = query.get("list-type") == "2" and SETTINGS["list"] != "ignores"
        if is_second and SETTINGS["list"] == "refuses":
            raise Refused(501, "NotImplemented")
        after = query.get("continuation-token" if is_second else "marker", "")
        prefix = query.get("prefix", "")
        keys = [key for key in sorted(objects) if key.startswith(prefix) and key > after and
                (query.get("delimiter", "\0") not in key[len(prefix):])]
        page = keys[:int(SETTINGS["page"])]
        more = len(page) < len(keys)
        quote = urllib.parse.quote_plus if query.get("encoding-type") == "url" else escape
        parts = [f"<Contents><Key>{quote(key)}</Key><Size>{len(objects[key][0])}</Size></Contents>"
                 for key in page]
        if query.get("encoding-type") == "url":
            parts.append("<EncodingType>url</EncodingType>")
        if more:
            name = "NextContinuationToken" if is_second else "NextMarker"
            parts.append(f"<{name}>{escape(page[-1]) if is_second else quote(page[-1])}</{name}>")
        return (f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{''.join(parts)}"
                "</ListBucketResult>")

    def delete_many(self, objects, headers, body):
        if SETTINGS["delete"] != "many":
            raise Refused(501, "NotImplemented")
        self.check_md5(headers, body)
        for node in ElementTree.fromstring(body).iter():
            if node.tag.endswith("}Key"):
                objects.pop(node.text, None)
        self.reply(200, "<DeleteResult></DeleteResult>")

    @staticmethod
    def check_md5(headers, body):
        if headers.get("content-md5") != base64.b64encode(hashlib.md5(body).digest()).decode():
            raise Refused(400, "BadDigest")

    def serve_object(self, objects, key, query, headers, body):
        if self.command == "PUT":
            return self.store(objects, key, query, headers, body)
        if self.command == "POST":
            return self.post(objects, key, query, headers, body)
        if self.command == "DELETE":
            if "uploadId" in query:
                UPLOADS.pop(query["uploadId"], None)
            else:
                objects.pop(key, None)
            return self.reply(204)
        if key not in objects:
            raise Refused(404, "NoSuchKey")
        content, kind, tag = objects[key]
        if self.command == "HEAD":
            return self.reply(200, content, {"ETag": f'"{tag}"'})
        if kind in ("GLACIER", "DEEP_ARCHIVE"):
            raise Refused(403, "InvalidObjectState")
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("range", ""))
        if span:
            first, last = map(int, span.groups())
            if first >= len(content):
                raise Refused(416, "InvalidRange")
            return self.reply(206, content[first:last + 1], {"ETag": f'"{tag}"'})
        return self.reply(200, content, {"ETag": f'"{tag}"'})

    def store(self, objects, key, query, headers, body):
        self.check_md5(headers, body)
        if SETTINGS["fail"]:
            code, SETTINGS["fail"] = SETTINGS["fail"], ""
            raise Refused(503 if code == "SlowDown" else 403, code)
        tag = SETTINGS["tag"] or hashlib.md5(body).hexdigest()
        if "uploadId" in query:
            UPLOADS[query["uploadId"]][1][int(query["partNumber"])] = body
        else:
            objects[key] = (body, headers.get("x-amz-storage-class", "STANDARD"), tag)
        self.reply(200, headers={"ETag": f'"{tag}"'})

    def post(self, objects, key, query, headers, body):
        if "uploads" in query:
            upload = f"upload/{len(JOURNAL)}+="
            UPLOADS[upload] = (headers.get("x-amz-storage-class", "STANDARD"), {})
            return self.reply(200, f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId>"
                                   "</InitiateMultipartUploadResult>")
        kind, parts = UPLOADS.pop(query["uploadId"])
        listed = [{child.tag.rpartition("}")[2]: child.text for child in part}
                  for part in ElementTree.fromstring(body)]
        named = [(int(part["PartNumber"]), part["ETag"].strip('"')) for part in listed]
        digests = [hashlib.md5(parts[number]) for number, _ in named]
        if [digest.hexdigest() for digest in digests] != [tag for _, tag in named]:
            raise Refused(400, "InvalidPart")
        tag = hashlib.md5(b"".join(digest.digest() for digest in digests)).hexdigest() + f"-{len(named)}"
        objects[key] = (b"".join(parts[number] for number, _ in named), kind, tag)
        return self.reply(200, f"<CompleteMultipartUploadResult><ETag>&quot;{tag}&quot;</ETag>"
                               "</CompleteMultipartUploadResult>")


if __name__ == "__main__":
    ThreadingHTTPServer.request_queue_size = 64
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
