#!/usr/bin/env python3
"""swift:, pca: and cf+http: targets, with OpenStack's own Swift and a strict stand-in for Keystone.

What is there afterwards is looked at with OpenStack's client; the other program is duplicity with that
client.
"""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import debian  # noqa: E402

debian.need("swiftclient")

import swiftclient  # noqa: E402
from servers import Server, ServerTest  # noqa: E402
from trees import listing, make_everything  # noqa: E402
from turns import take_turns, with_variables  # noqa: E402
from world import DENIED, OK, UNREACHABLE, USAGE, main  # noqa: E402

# Names in Swift are UTF-8.
EXCLUDED = ("other-bytes",)
# More than one page of a list: swift.sh sets its length.
FILES = 1300

LOGIN = ("SWIFT_AUTHURL", "SWIFT_AUTHVERSION", "SWIFT_USERNAME", "SWIFT_PASSWORD")
KEYSTONE_LOGIN = (*LOGIN, "SWIFT_TENANTNAME", "SWIFT_USER_DOMAIN_NAME", "SWIFT_PROJECT_DOMAIN_NAME",
                  "SWIFT_REGIONNAME")


class SwiftTest(ServerTest):
    servers = {"swift": ("swift", {})}

    def setUp(self):
        super().setUp()
        self.variables = {name: self.swift[name] for name in LOGIN}
        with_variables(self.world, self.variables)
        self.client = swiftclient.Connection(self.swift["SWIFT_AUTHURL"], self.swift["SWIFT_USERNAME"],
                                             self.swift["SWIFT_PASSWORD"])
        self.addCleanup(self.client.close)

    def names(self, container):
        return [entry["name"] for entry in self.client.get_container(container, full_listing=True)[1]]

    def back_up(self, url, *options, expect=OK):
        if not self.world.source.exists():
            make_everything(self.world.source)
        return self.world.duplictl("backup", self.world.source, url, "--num-retries", "1", *options, expect=expect)

    def assert_restores(self, url):
        directory = self.world.root / "restored" / "again"
        self.world.duplictl("restore", url, directory)
        self.assert_same_tree(listing(self.world.source), directory)


class ConformanceTest(SwiftTest):
    def test_it_conforms(self):
        # Where the storage is said to be, so that its connections, too, go through the fault proxy.
        storage = f"http://127.0.0.1:{self.swift.port}/v1/AUTH_test"
        self.conform("swift://conform", variables=self.variables | {"SWIFT_PREAUTHURL": storage},
                     exclude=EXCLUDED, files=FILES, flaky_port=self.swift.port, restart=self.swift)

    def test_it_conforms_with_files_in_segments(self):
        self.conform("swift://segments/below/it", options={"mp_segment_size": 1}, variables=self.variables,
                     exclude=EXCLUDED, files=50, large=5_000_001)
        # Nothing that was replaced or removed has left segments behind.
        self.assertEqual(self.names("segments_segments"), [])


class AnswersTest(SwiftTest):
    def test_a_large_file_is_a_static_large_object_of_the_usual_names(self):
        self.world.source.mkdir()
        (self.world.source / "large").write_bytes(os.urandom(3_500_000))
        self.back_up("swift://large/set", "--no-compression", "--mp-segment-size", "1")
        name = next(name for name in self.names("large") if "difftar" in name)
        head = self.client.head_object("large", name)
        self.assertEqual(head.get("x-static-large-object"), "True")
        segments = self.names("large_segments")
        self.assertEqual(len(segments), 4)
        for segment in segments:
            self.assertRegex(segment, rf"^{name}/slo/[0-9.]+/{head['content-length']}/1048576/0000000[0-3]$")
        self.assert_restores("swift://large/set")
        self.assertEqual(self.world.duplicity(
            "verify", "--compare-data", "swift://large/set", self.world.source).status, OK)

    def test_the_drop_in_cuts_what_is_a_tenth_larger_than_a_volume(self):
        """As 0.8.22, run: of this set its volumes are whole, and its signatures go up as a large object."""
        self.world.source.mkdir()
        for number in range(3000):
            (self.world.source / f"file-{number}").write_bytes(b"small")
        words = ["full", "--no-encryption", "--no-compression", "--volsize", "1"]
        drop_in = self.world.duplictl_program.parent / "drop-in" / "duplicity"
        for version, expected in (("0.8.22", {"sigtar"}), ("3.0.1", set())):
            container = f"cut-{version}"
            self.world.command(["env", f"DUPLID_COMPAT_VERSION={version}", drop_in, *words, "--archive-dir",
                                self.world.archive_dir, "--name", container, self.world.source, f"swift://{container}"])
            names = self.names(container)
            cut = {re.search(r"sigtar|difftar|manifest", name)[0] for name in names
                   if self.client.head_object(container, name).get("x-static-large-object") == "True"}
            self.assertEqual(cut, expected)
            self.assertGreater(len([name for name in names if "difftar" in name]), 3)

    def test_the_storage_policy_is_that_of_a_new_container_and_cannot_differ(self):
        self.back_up("swift://policy", "--swift-storage-policy", self.swift["SWIFT_COLD_POLICY"])
        self.assertEqual(self.client.head_container("policy")["x-storage-policy"], "cold")
        run = self.back_up("swift://policy", "--swift-storage-policy", "standard", expect=USAGE)
        self.assertIn('storage policy "cold"', run.text)
        self.assertNotEqual(self.back_up("swift://nowhere", "--swift-storage-policy", "none", expect=None).status, OK)

    def test_a_wrong_password_is_denied_at_once_and_not_shown(self):
        with_variables(self.world, {"SWIFT_PASSWORD": "wrong and secret"})
        run = self.back_up("swift://wrong", expect=DENIED)
        self.assertIn("SWIFT_", run.text)
        self.assertNotIn("wrong and secret", run.text)

    def test_a_token_that_is_given_is_used_and_replaced_when_it_is_old(self):
        url, token = self.client.get_auth()
        with_variables(self.world, {name: "" for name in LOGIN} |
                       {"SWIFT_PREAUTHURL": url, "SWIFT_PREAUTHTOKEN": token})
        self.back_up("swift://token")
        with_variables(self.world, {"SWIFT_PREAUTHTOKEN": "AUTH_tkold"})
        self.assertEqual(self.back_up("swift://token", "--full", expect=DENIED).status, DENIED)
        with_variables(self.world, self.variables)
        self.back_up("swift://token", "--full")
        self.assert_restores("swift://token")

    def test_a_storage_where_nobody_answers_is_unreachable(self):
        with_variables(self.world, {"SWIFT_AUTHURL": "http://127.0.0.1:9/auth/v1.0"})
        self.back_up("swift://nobody", expect=UNREACHABLE)


class KeystoneTest(SwiftTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keystone = Server("keystone-lite", KEYSTONE_SWIFT=cls.swift["SWIFT_AUTHURL"])
        cls.addClassCleanup(cls.keystone.stop)

    def setUp(self):
        super().setUp()
        self.v3 = {name: self.keystone[name] for name in KEYSTONE_LOGIN}
        self.v2 = self.v3 | {"SWIFT_AUTHURL": self.keystone["SWIFT_V2_AUTHURL"], "SWIFT_AUTHVERSION": "2"}

    def few(self, url, variables, **how):
        self.conform(url, variables=variables, exclude=EXCLUDED, files=50, cases="*what was put*,*removing*", **how)

    def test_a_login_of_version_2_and_one_of_version_3_conform(self):
        self.few("swift://v2/set", self.v2)
        self.few("swift://v2/set", {**self.v2, "SWIFT_USERNAME": "test:tester", "SWIFT_TENANTNAME": ""})
        self.few("swift://v3/set", self.v3)

    def test_ids_do_as_well_as_names(self):
        self.few("swift://ids/set", {name: value for name, value in self.v3.items() if "NAME" not in name} |
                 {"SWIFT_USERID": "uid-tester", "SWIFT_TENANTID": "pid-test"})

    def test_ovhs_archive_has_its_own_policy_and_variables(self):
        variables = {name.replace("SWIFT_", "PCA_"): value for name, value in self.v2.items()}
        self.few("pca://archive/set", variables)
        self.assertEqual(self.client.head_container("archive")["x-storage-policy"], "PCA")

    def test_rackspaces_key_leads_to_the_accounts_own_region(self):
        self.few("cf+http://rackspace/set", {
            "CLOUDFILES_USERNAME": self.keystone["CLOUDFILES_USERNAME"],
            "CLOUDFILES_APIKEY": self.keystone["CLOUDFILES_APIKEY"],
            "CLOUDFILES_AUTHURL": self.keystone["SWIFT_V2_AUTHURL"]})

    def test_a_region_that_is_down_is_unreachable_and_one_that_is_none_is_said_to_be(self):
        with_variables(self.world, self.v3 | {"SWIFT_REGIONNAME": "RegionTwo"})
        self.back_up("swift://regions", expect=UNREACHABLE)
        with_variables(self.world, self.v3 | {"SWIFT_REGIONNAME": "Atlantis"})
        self.assertIn("RegionOne", self.back_up("swift://regions", expect=USAGE).text)

    def test_an_unknown_domain_is_denied(self):
        with_variables(self.world, self.v3 | {"SWIFT_USER_DOMAIN_NAME": "Nowhere"})
        self.back_up("swift://domains", expect=DENIED)

    def test_duplicity_continues_what_duplid_began_through_version_3(self):
        with_variables(self.world, self.v3)
        take_turns(self, "swift://keystone/set", "duplid")


class InteropTest(SwiftTest):
    """With a login of version 1, by which duplicity 0.8.22 can store and fetch but never learns the size of
    what it stored: it asks through swiftclient's SwiftService, which logs in anew, as if at a Keystone of
    version 2 below that address (a POST to /auth/v1.0/v2.0/tokens was seen). duplicity goes on without the
    answer, but first it asks again as often as --num-retries says, with half a minute between: two
    minutes a file, if it is not told to ask once. KeystoneTest has duplicity's other logins.
    """

    def take_turns(self, url, first, **how):
        take_turns(self, url, first, duplicity_options=("--num-retries", "1"), **how)

    def test_duplid_and_duplicity_continue_each_others_chains(self):
        self.take_turns("swift://duplid-first/set", "duplid")

    def test_duplicity_and_duplid_continue_each_others_chains(self):
        self.take_turns("swift://duplicity-first", "duplicity")

    def test_files_in_segments_are_read_by_either(self):
        self.take_turns("swift://in-segments/set", "duplicity", options=("--mp-segment-size", "1"))


class OlderClusterTest(SwiftTest):
    servers = {"swift": ("swift", {"SWIFT_SLO": "off"})}

    def test_without_static_large_objects_segments_are_found_by_their_names(self):
        self.conform("swift://dynamic/set", options={"mp_segment_size": 1}, variables=self.variables,
                     exclude=EXCLUDED, files=50, large=5_000_001)
        self.assertEqual(self.names("dynamic_segments"), [])


if __name__ == "__main__":
    main()
