#!/usr/bin/env python3
"""S3: targets of every scheme that leads there, against Ceph's gateway, Swift's S3 interface, and a
stand-in for what those two do not do.

The stand-in (tests/servers/s3_standin.py) is used for what concerns a request before it is served:
signatures, clocks, regions, sessions, and refusals that cannot be provoked elsewhere. How objects
behave is judged by the two real servers only.
"""

import contextlib
import json
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import ServerTest  # noqa: E402
from trees import Tree, listing, noise  # noqa: E402
from world import DENIED, NOT_FOUND, OK, USAGE, main  # noqa: E402

MIB = 1 << 20
PARTS = 2 * 5 * MIB + 1  # three parts of the least size
BASIC = "what was put is listed*"

# Keys are UTF-8, and deletes go by the thousand.
S3_LACKS = ("other-bytes", "ordered-removal")


def words(options):
    """Options of a target, as the command line has them."""
    spelled = []
    for name, value in options.items():
        spelled.append("--" + name.replace("_", "-"))
        spelled += [] if value is True else [str(value)]
    return spelled


class S3Test(ServerTest):
    """With an account on `self.s3`."""

    def setUp(self):
        super().setUp()
        self.account = {name: self.s3[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        self.options = {"s3_endpoint_url": self.s3["S3_ENDPOINT"]}
        plain = self.world.environment
        self.world.environment = lambda *words: plain(*words) | self.account

    def conforms(self, url, more=None, variables=None, **how):
        options = self.options | {"s3_multipart_chunk_size": 5} | (more or {})
        self.conform(url, options, self.account if variables is None else variables, **how)

    def make_source(self):
        tree = Tree(self.world.source)
        tree.file("big", noise(3 * MIB, 1))
        tree.file("folder/small", b"text\n")
        return listing(self.world.source)


class StandInTest(S3Test):
    servers = {"s3": ("s3_standin", {})}

    def setUp(self):
        super().setUp()
        self.ask("__reset")

    def ask(self, path, **query):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        url = f"{self.s3['S3_ENDPOINT']}/{path}?{urllib.parse.urlencode(query)}"
        with opener.open(urllib.request.Request(url, method="POST"), timeout=30) as answer:
            return json.load(answer)

    def served(self):
        return self.ask("__journal")

    def basics(self, *words, **how):
        self.conforms("boto3+s3://bucket/set", *words, large=PARTS, cases=BASIC, **how)

    def test_paths_and_queries_are_signed_as_they_are_sent(self):
        self.conforms("boto3+s3://bucket/a%20set/of+%25%C3%A9", cases="names may hold any*",
                      exclude=S3_LACKS, large=PARTS)
        self.basics()

    def test_a_bucket_in_the_host_is_signed_there(self):
        host = self.s3["S3_ENDPOINT"].replace("127.0.0.1", "localhost")
        self.ask("__set", virtual="yes")
        self.basics({"s3_endpoint_url": host, "s3_use_new_style": True})
        self.assertTrue(all(request["headers"]["host"].startswith("bucket.localhost")
                            for request in self.served()))

    def test_a_clock_that_is_wrong_is_put_right(self):
        for ahead in (7200, -7200):
            with self.subTest(ahead=ahead):
                self.ask("__set", clock=ahead)
                self.basics()

    def test_the_region_is_learnt(self):
        self.ask("__set", region="eu-north-1")
        self.basics()
        # A HEAD comes first here, whose answer has no words.
        self.conforms("boto3+s3://bucket/set", cases="a missing file is said to be missing")

    def test_a_machine_s_role_gives_credentials_and_new_ones_when_those_expire(self):
        self.ask("__set", token="first", instance_token="first", rotate="7")
        self.basics(variables={"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.s3["S3_ENDPOINT"]})
        asked = [request for request in self.served() if request["path"].startswith("/latest/")]
        self.assertGreaterEqual(len(asked), 2)

    def test_a_session_s_token_is_sent_and_signed(self):
        self.ask("__set", token="a/session+token=")
        self.basics(variables=self.account | {"AWS_SESSION_TOKEN": "a/session+token="})

    def test_servers_that_know_only_the_first_listing_are_listed(self):
        for how in ("ignores", "refuses"):
            with self.subTest(how=how):
                self.ask("__set", list=how, page="7")
                self.conforms("boto3+s3://bucket/set", cases="a long listing is complete", files=50)

    def test_servers_without_multiple_delete_delete_one_by_one(self):
        self.ask("__set", delete="one")
        self.conforms("boto3+s3://bucket/set", cases="removing takes only*")

    def test_a_manifest_is_deleted_before_what_stands_behind_it(self):
        self.make_source()
        url = "boto3+s3://bucket/set"
        for _ in range(2):
            self.world.duplictl("backup", self.world.source, url, "--full", "--volsize", "1",
                                *words(self.options))
            self.world._last_set = int(time.time())
            self.world.next_second()
        self.ask("__forget")
        self.world.duplictl("remove-all-but-n-full", "1", url, "--force", *words(self.options))
        deletes = [request for request in self.served()
                   if request["method"] == "DELETE" or "delete" in request["query"]]
        self.assertEqual(deletes[0]["method"], "DELETE")
        self.assertIn("manifest", deletes[0]["path"])
        self.assertTrue(any("delete" in request["query"] for request in deletes[1:]))

    def test_an_archived_volume_is_refused_with_what_to_do(self):
        self.make_source()
        url = "boto3+s3://bucket/set"
        self.world.duplictl("backup", self.world.source, url, "--s3-use-glacier", *words(self.options))
        stored = {request["path"]: request["headers"].get("x-amz-storage-class")
                  for request in self.served() if request["method"] == "PUT"}
        for path, kind in stored.items():
            self.assertEqual(kind, None if "manifest" in path else "GLACIER", path)
        run = self.world.duplictl("restore", url, self.world.root / "restored" / "none",
                                  *words(self.options), expect=None)
        self.assertNotEqual(run.status, OK)
        self.assertIn("archive class", run.text)

    def test_an_upload_that_comes_to_something_else_is_found(self):
        self.make_source()
        self.ask("__set", tag="0" * 32)
        run = self.world.duplictl("backup", self.world.source, "boto3+s3://bucket/set",
                                  "--backend-retry-delay", "1", *words(self.options), expect=None)
        self.assertNotEqual(run.status, OK)
        self.assertIn("MD5", run.text)

    def test_a_service_that_asks_for_patience_is_given_it(self):
        self.make_source()
        self.ask("__set", fail="SlowDown")
        self.world.duplictl("backup", self.world.source, "boto3+s3://bucket/set", *words(self.options))
        paths = [request["path"] for request in self.served() if request["method"] == "PUT"]
        self.assertEqual(len(paths), len(set(paths)) + 1)

    def test_revoked_credentials_are_denied_at_once(self):
        self.make_source()
        self.ask("__set", fail="InvalidAccessKeyId")
        run = self.world.duplictl("backup", self.world.source, "boto3+s3://bucket/set",
                                  *words(self.options), expect=DENIED)
        self.assertIn("InvalidAccessKeyId", run.text)
        self.assertNotIn(self.account["AWS_SECRET_ACCESS_KEY"], run.text)
        refused = [request for request in self.served() if request["method"] == "PUT"]
        self.assertLessEqual(len(refused), 2)  # one for each transfer under way


class RealServerTest(S3Test):
    """What both real servers are asked. `bucket` is there already."""

    bucket = "duplid-test"

    def setUp(self):
        super().setUp()
        import boto3  # the second witness
        import botocore.config
        self.options["s3_region_name"] = self.s3["S3_REGION"]
        self.boto = boto3.client(
            "s3", endpoint_url=self.s3["S3_ENDPOINT"], region_name=self.s3["S3_REGION"],
            aws_access_key_id=self.account["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.account["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(proxies={}))
        # Swift minds that it is there from the test before.
        with contextlib.suppress(self.boto.exceptions.BucketAlreadyOwnedByYou):
            self.boto.create_bucket(Bucket=self.bucket)
        self.url = f"boto3+s3://{self.bucket}/set-{self.id().rsplit('.', 1)[1]}"
        self.prefix = self.url.split("/", 3)[3] + "/"

    def stored(self):
        """Names below the test's prefix, with what boto3 says of them."""
        pages = self.boto.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        return {row["Key"][len(self.prefix):]: row for page in pages for row in page.get("Contents", [])}

    def duplictl(self, verb, *rest, more=None, **how):
        return self.world.duplictl(verb, *rest, *words(self.options | (more or {})), **how)

    def duplicity(self, *rest, **how):
        return self.world.duplicity(*rest, *words(self.options), **how)


class Exchange:
    """Both programs on one target."""

    def test_both_programs_make_one_chain_and_both_restore_all_of_it(self):
        for first, second in ((self.duplictl, self.duplicity), (self.duplicity, self.duplictl)):
            with self.subTest(first=first.__name__):
                tree = Tree(self.world.source)
                tree.file("big", noise(12 * MIB, 1))
                tree.file("gone", b"soon\n")
                self.back_up(first, "full")
                before = listing(self.world.source)
                time_before = int(time.time())
                (self.world.source / "gone").unlink()
                tree.file("new", noise(MIB, 2))
                self.back_up(second, "incremental")
                after = listing(self.world.source)
                for program in (self.duplictl, self.duplicity):
                    for moment, expected in ((time_before, before), (None, after)):
                        self.assert_same_tree(expected, self.restored(program, moment))
                # Nothing of the cache helps a program that has never seen the target.
                self.world.name += "-again"
                self.assert_same_tree(after, self.restored(second, None))
                self.url += "-other"
                self.prefix = self.url.split("/", 3)[3] + "/"

    def back_up(self, program, kind):
        with self.world.new_set():
            if program == self.duplictl:
                self.duplictl("backup", self.world.source, self.url, f"--{kind}", "--volsize", "7",
                              more={"s3_multipart_chunk_size": 5})
            else:
                self.duplicity(kind, self.world.source, self.url, "--volsize", "7")

    def restored(self, program, moment):
        self.world._restores += 1
        directory = self.world.root / "restored" / str(self.world._restores)
        program("restore", self.url, directory, *(["--time", str(moment)] if moment else []))
        return directory


class RadosgwTest(RealServerTest, Exchange):
    servers = {"s3": ("radosgw", {})}

    def test_path_style_conforms(self):
        self.conforms(self.url, exclude=S3_LACKS, large=PARTS, flaky_port=self.s3.port, files=2500)

    def test_the_bucket_in_the_host_conforms(self):
        self.conforms(self.url, {"s3_endpoint_url": self.s3["S3_VHOST_ENDPOINT"], "s3_use_new_style": True},
                      exclude=S3_LACKS, large=PARTS, files=100)

    def test_an_endpoint_in_the_url_conforms(self):
        del self.options["s3_endpoint_url"]
        for scheme in ("s3", "boto+s3"):
            self.conforms(f"{scheme}://127.0.0.1:{self.s3.port}/{self.bucket}/{scheme}",
                          {"s3_unencrypted_connection": True}, exclude=S3_LACKS, files=100)

    def test_google_s_scheme_conforms(self):
        account = {name.replace("AWS_", "GS_"): value for name, value in self.account.items()}
        del self.options["s3_region_name"]
        self.conforms(f"gs://{self.bucket}/google", variables=account, exclude=S3_LACKS, large=PARTS, files=100)

    def test_the_server_s_encryption_with_a_key_conforms(self):
        more = {"s3_use_server_side_kms_encryption": True, "s3_kms_key_id": self.s3["S3_KMS_KEY_ID"]}
        self.conforms(self.url, more, exclude=S3_LACKS, large=PARTS, files=20)
        self.make_source()
        self.duplictl("backup", self.world.source, self.url, more=more)
        for name in self.stored():
            facts = self.boto.head_object(Bucket=self.bucket, Key=self.prefix + name)
            self.assertEqual(facts["ServerSideEncryption"], "aws:kms", name)
            self.assertEqual(facts["SSEKMSKeyId"], self.s3["S3_KMS_KEY_ID"], name)

    def test_a_key_that_the_server_does_not_know_is_refused(self):
        self.make_source()
        run = self.duplictl("backup", self.world.source, self.url, expect=None, more={
            "s3_use_server_side_kms_encryption": True, "s3_kms_key_id": "no-such-key"})
        self.assertNotEqual(run.status, OK)

    def test_every_storage_class_is_used_and_manifests_stay_near(self):
        before = self.make_source()
        for option, name in (("rrs", "REDUCED_REDUNDANCY"), ("ia", "STANDARD_IA"), ("onezone_ia", "ONEZONE_IA"),
                             ("glacier", "GLACIER"), ("glacier_ir", "GLACIER_IR"),
                             ("deep_archive", "DEEP_ARCHIVE")):
            with self.subTest(option=option):
                self.url = f"boto3+s3://{self.bucket}/class-{option}"
                self.prefix = f"class-{option}/"
                self.world.name = option
                self.duplictl("backup", self.world.source, self.url, more={"s3_use_" + option: True})
                stored = self.stored()
                self.assertGreaterEqual(len(stored), 3)
                for file, row in stored.items():
                    near = "manifest" in file and option in ("glacier", "glacier_ir", "deep_archive")
                    self.assertEqual(row["StorageClass"], "STANDARD" if near else name, file)
                # This server's archive can be read at once.
                directory = self.world.root / "restored" / option
                self.duplictl("restore", self.url, directory)
                self.assert_same_tree(before, directory)

    def test_boto_s_schemes_make_a_bucket_and_boto3_s_never(self):
        self.make_source()
        url = "boto3+s3://never-made/set"
        run = self.duplictl("backup", self.world.source, url, expect=NOT_FOUND)
        self.assertIn("no bucket", run.text)
        del self.options["s3_region_name"]
        self.duplictl("backup", self.world.source, "s3+http://made-by-us/set", "--name", "other")
        names = {row["Name"] for row in self.boto.list_buckets()["Buckets"]}
        self.assertIn("made-by-us", names)
        self.assertNotIn("never-made", names)

    def test_a_wrong_secret_is_denied(self):
        self.make_source()
        self.account["AWS_SECRET_ACCESS_KEY"] = "wrong"
        run = self.duplictl("backup", self.world.source, self.url, expect=DENIED)
        self.assertIn("SignatureDoesNotMatch", run.text)
        self.assertEqual(self.stored(), {})


class SwiftTest(RealServerTest, Exchange):
    servers = {"s3": ("swift", {})}

    def test_path_style_conforms(self):
        self.conforms(self.url, exclude=S3_LACKS, large=PARTS, flaky_port=self.s3.port, files=1500)

    def test_the_region_is_learnt(self):
        self.options["s3_region_name"] = "eu-west-7"
        self.conforms(self.url, exclude=S3_LACKS, cases=BASIC)
        self.conforms(self.url, exclude=S3_LACKS, cases="a missing file is said to be missing")

    def test_what_it_does_not_offer_is_refused_with_the_option(self):
        self.make_source()
        for option in ("s3_use_glacier", "s3_use_server_side_encryption"):
            with self.subTest(option=option):
                run = self.duplictl("backup", self.world.source, self.url, more={option: True}, expect=USAGE)
                self.assertIn("--" + option.replace("_", "-"), run.text)


if __name__ == "__main__":
    main()
