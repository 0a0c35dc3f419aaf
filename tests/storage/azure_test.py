#!/usr/bin/env python3
"""azure: targets, with Azurite, the emulator of Azure's makers, which checks signatures and tokens.

What is there afterwards is looked at with Azure's own library for Python; the other program is duplicity
with that library.
"""

import datetime
import hashlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import debian  # noqa: E402

debian.need("azure")

from azure.storage.blob import (  # noqa: E402
    BlobServiceClient, ResourceTypes, generate_account_sas, generate_container_sas)

from servers import ServerTest  # noqa: E402
from trees import listing, make_everything  # noqa: E402
from turns import take_turns, with_variables  # noqa: E402
from world import DENIED, OK, USAGE, main  # noqa: E402

# What no list of Azure's, which is XML, can have in a name; and Azure makes slashes of backslashes.
EXCLUDED = ("other-bytes", "newlines", "control-bytes", "shell-characters")
# More than one page of a list.
FILES = 5200
SMALL_BLOCKS = ("--azure-max-single-put-size", "1000000", "--azure-max-block-size", "1000000")


class Torn:
    """A file that breaks off in the middle of being read."""

    def __init__(self, file, bytes_max):
        self.file, self.left = file, bytes_max

    def read(self, size):
        if self.left <= 0:
            raise OSError("torn")
        piece = self.file.read(min(size, self.left))
        self.left -= len(piece)
        return piece


class AzureTest(ServerTest):
    servers = {"azurite": ("azurite", {})}

    def setUp(self):
        super().setUp()
        self.connection = self.azurite["AZURE_CONNECTION_STRING"]
        self.service = BlobServiceClient.from_connection_string(self.connection, max_single_put_size=1_000_000,
                                                                max_block_size=1_000_000)
        with_variables(self.world, {"AZURE_CONNECTION_STRING": self.connection})

    def container(self, name):
        return self.service.get_container_client(name)

    def token(self, permission):
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        return generate_account_sas("duplid", self.azurite["AZURE_ACCOUNT_KEY"],
                                    ResourceTypes(service=True, container=True, object=True), permission, until)

    def with_token(self, token):
        return f"BlobEndpoint={self.azurite['AZURE_ENDPOINT']};SharedAccessSignature={token}"


class ConformanceTest(AzureTest):
    def test_it_conforms_with_the_accounts_key(self):
        self.conform("azure://conform", variables={"AZURE_CONNECTION_STRING": self.connection}, exclude=EXCLUDED,
                     files=FILES, flaky_port=self.azurite.port, restart=self.azurite)

    def test_it_conforms_with_blocks_and_a_shared_access_signature(self):
        self.conform("azure://blocks/below/it", exclude=EXCLUDED, files=100, large=9_000_001,
                     options={"azure_max_single_put_size": 100_000, "azure_max_block_size": 262_144,
                              "azure_max_connections": 4},
                     variables={"AZURE_CONNECTION_STRING": self.with_token(self.token("rwdlac"))})


class AnswersTest(AzureTest):
    def back_up(self, url, *options, expect=OK):
        make_everything(self.world.source)
        return self.world.duplictl("backup", self.world.source, url, "--num-retries", "1", *options, expect=expect)

    def test_the_tier_is_as_asked_for_and_manifests_and_signatures_stay_out_of_the_archive(self):
        self.back_up("azure://tiers", "--azure-blob-tier", "Archive")
        tiers = {blob.name: blob.blob_tier for blob in self.container("tiers").list_blobs()}
        volumes = {name for name in tiers if "difftar" in name}
        self.assertTrue(volumes)
        for name, tier in tiers.items():
            self.assertEqual(tier == "Archive", name in volumes, f"{name}: {tier}")

        directory = self.world.root / "restored" / "frozen"
        run = self.world.duplictl("restore", "azure://tiers", directory, "--num-retries", "1", expect=USAGE)
        self.assertIn("BlobArchived", run.text)
        self.assertIn("archive tier", run.text)
        # Azure's own library wakes it, which an emulator does at once.
        for name in volumes:
            self.container("tiers").get_blob_client(name).set_standard_blob_tier("Hot")
        self.world.duplictl("restore", "azure://tiers", directory)
        self.assert_same_tree(listing(self.world.source), directory)

    def test_a_tier_that_is_none_is_refused(self):
        self.assertIn("azure-blob-tier", self.back_up("azure://tiers", "--azure-blob-tier", "Lukewarm",
                                                      expect=(1, 2)).text)

    def test_large_files_are_blocks_whose_digest_the_service_keeps(self):
        self.world.source.mkdir()
        (self.world.source / "large").write_bytes(os.urandom(3_000_000))
        self.world.duplictl("backup", self.world.source, "azure://large", "--no-compression", *SMALL_BLOCKS)
        blobs = [blob for blob in self.container("large").list_blobs() if "difftar" in blob.name]
        self.assertEqual(len(blobs), 1)
        client = self.container("large").get_blob_client(blobs[0].name)
        committed, others = client.get_block_list("all")
        self.assertEqual(len(committed), -(-blobs[0].size // 1_000_000))
        self.assertEqual(others, [])
        kept = client.get_blob_properties().content_settings.content_md5
        self.assertEqual(bytes(kept), hashlib.md5(client.download_blob().readall()).digest())

    def test_blocks_that_a_broken_upload_by_the_library_left_are_not_in_the_way(self):
        self.world.source.mkdir()
        (self.world.source / "large").write_bytes(os.urandom(3_000_000))
        self.world.back_up("duplid")  # what cannot be compressed; a copy has the same names
        name, = self.world.target_names("difftar")
        container = self.service.create_container("leftovers")
        with (self.world.target / name).open("rb") as volume, self.assertRaises(OSError):
            container.upload_blob(name, Torn(volume, 2_500_000), max_concurrency=1)
        client = container.get_blob_client(name)
        self.assertTrue(client.get_block_list("uncommitted")[1])
        self.world.duplictl("replicate", self.world.url, "azure://leftovers", *SMALL_BLOCKS)
        self.assertEqual(client.get_block_list("uncommitted")[1], [])
        directory = self.world.root / "restored" / "leftovers"
        self.world.duplictl("restore", "azure://leftovers", directory)
        self.assert_same_tree(listing(self.world.source), directory)

    def test_a_wrong_key_is_denied_at_once_and_not_shown(self):
        wrong = "d3JvbmcgYW5kIHNlY3JldA=="
        with_variables(self.world, {"AZURE_CONNECTION_STRING": self.connection.replace(
            self.azurite["AZURE_ACCOUNT_KEY"], wrong)})
        run = self.back_up("azure://wrong", expect=DENIED)
        self.assertIn("AZURE_CONNECTION_STRING", run.text)
        self.assertNotIn(wrong, run.text)

    def test_a_token_that_only_reads_restores_and_cannot_back_up(self):
        self.back_up("azure://reading")
        token = self.token("rl")
        with_variables(self.world, {"AZURE_CONNECTION_STRING": self.with_token(token)})
        directory = self.world.root / "restored" / "read"
        self.world.duplictl("restore", "azure://reading", directory)
        self.assert_same_tree(listing(self.world.source), directory)
        run = self.world.duplictl("backup", self.world.source, "azure://reading", "--full", "--num-retries", "1",
                                  expect=DENIED)
        self.assertNotIn(token, run.text)

    def test_a_token_for_one_container_is_enough(self):
        self.service.create_container("single")
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        token = generate_container_sas("duplid", "single", self.azurite["AZURE_ACCOUNT_KEY"],
                                       permission="rwdl", expiry=until)
        with_variables(self.world, {"AZURE_CONNECTION_STRING": self.with_token(token)})
        self.back_up("azure://single")
        directory = self.world.root / "restored" / "single"
        self.world.duplictl("restore", "azure://single", directory)
        self.assert_same_tree(listing(self.world.source), directory)

    def test_without_credentials_the_variables_are_named(self):
        with_variables(self.world, {"AZURE_CONNECTION_STRING": ""})
        self.assertIn("AZURE_CONNECTION_STRING", self.back_up("azure://none", expect=DENIED).text)


class InteropTest(AzureTest):
    def test_duplid_and_duplicity_continue_each_others_chains(self):
        take_turns(self, "azure://duplid-first", "duplid")

    def test_duplicity_and_duplid_continue_each_others_chains(self):
        take_turns(self, "azure://duplicity-first", "duplicity")


class CertificateTest(ServerTest):
    servers = {"azurite": ("azurite", {"AZURITE_TLS": "1"})}

    def test_only_a_server_whose_certificate_is_trusted_gets_anything(self):
        with_variables(self.world, {"AZURE_CONNECTION_STRING": self.azurite["AZURE_CONNECTION_STRING"]})
        make_everything(self.world.source)
        words = ("backup", self.world.source, "azure://tls", "--num-retries", "1")
        self.assertIn("certificate", self.world.duplictl(*words, expect=DENIED).text)
        self.world.duplictl(*words, "--ssl-cacert-file", self.azurite["AZURE_CA"])


if __name__ == "__main__":
    main()
