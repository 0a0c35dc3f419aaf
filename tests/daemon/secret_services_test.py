"""The same as secret_memory_test.py, for storage services: their passwords, keys and tokens."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from memory_case import CURL_COPIES_MAX, TransportTest, planted, variables_of
from servers import Server
from world import main


def ask(url, method="GET", headers=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, method=method, headers=headers or {}), timeout=30) as answer:
        return answer.headers, answer.read()


class S3(TransportTest):
    def setUp(self):
        super().setUp()
        self.server = Server("s3_standin")
        self.addCleanup(self.server.stop)
        self.secret, self.token = planted("s3"), planted("session")
        self.control("__set", secret=self.secret, token=self.token, instance_token=self.token)

    def control(self, path, **query):
        return json.loads(ask(f"{self.server['S3_ENDPOINT']}/{path}?{urllib.parse.urlencode(query)}", "POST")[1])

    def has_volumes(self):
        return any(request["method"] == "PUT" and "difftar" in request["path"] for request in self.control("__journal"))

    def check_account(self, **values):
        # The token goes along with each request, the key with none.
        self.check({self.secret: 0, self.token: CURL_COPIES_MAX}, self.has_volumes, target="boto3+s3://bucket/set",
                   s3_endpoint_url=self.server["S3_ENDPOINT"], variables=variables_of(values))

    def test_a_key_and_a_session_of_the_request(self):
        self.check_account(AWS_ACCESS_KEY_ID=self.server["AWS_ACCESS_KEY_ID"], AWS_SECRET_ACCESS_KEY=self.secret,
                           AWS_SESSION_TOKEN=self.token)

    def test_those_of_a_profile(self):
        path = Path(self.path("planted-profiles"))
        path.write_text(f"[default]\naws_access_key_id = {self.server['AWS_ACCESS_KEY_ID']}\n"
                        f"aws_secret_access_key = {self.secret}\naws_session_token = {self.token}\n", encoding="ascii")
        self.check_account(AWS_SHARED_CREDENTIALS_FILE=str(path))

    def test_those_that_a_profiles_program_says(self):
        said = Path(self.path("planted-answer"))
        said.write_text(json.dumps({"Version": 1, "AccessKeyId": self.server["AWS_ACCESS_KEY_ID"],
                                    "SecretAccessKey": self.secret, "SessionToken": self.token}), encoding="ascii")
        profile = Path(self.path("profile"))
        profile.write_text(f"[default]\ncredential_process = cat {said}\n", encoding="ascii")
        self.check_account(AWS_CONFIG_FILE=str(profile), PATH=os.environ["PATH"])

    def test_those_that_the_machine_was_given(self):
        self.check_account(AWS_EC2_METADATA_SERVICE_ENDPOINT=self.server["S3_ENDPOINT"])


class Imap(TransportTest):
    def check_password(self, url, wants_tls):
        password = planted("imap")
        with Server("imap", IMAP_PLANTED_PASSWORD=password, IMAP_REQUIRE_TLS=wants_tls) as server:
            root = Path(server["IMAP_MAIL_ROOT"])
            self.check({password: CURL_COPIES_MAX},
                       lambda: any(path.parent.name in ("cur", "new") for path in root.rglob("*")), target=server[url],
                       ssl_cacert_file=server["IMAP_CA"], variables=variables_of({"IMAP_PASSWORD": password}))
            # As it is sent (RFC 4616).
            self.check_gone(base64.b64encode(f"\0duplid\0{password}".encode()).decode())

    def test_starttls(self):
        self.check_password("IMAP_URL", "yes")

    def test_implicit_tls(self):
        self.check_password("IMAPS_URL", "yes")


class Azure(TransportTest):
    def setUp(self):
        super().setUp()
        # What an account's key is made of: 64 bytes.
        self.bytes = planted("azure").ljust(64, "k")
        self.key = base64.b64encode(self.bytes.encode()).decode()
        self.server = Server("azurite", AZURITE_PLANTED_KEY=self.key)
        self.addCleanup(self.server.stop)

    def check_account(self, copies_max, connection, guarded=1):
        # The server's environment has the key.
        stored = Path(self.server.directory, "data", "__blobstorage__")
        self.check(copies_max, lambda: stored.exists() and any(stored.iterdir()), target="azure://memory", hidden=False,
                   guarded=guarded, variables=variables_of({"AZURE_CONNECTION_STRING": connection}))

    def test_the_accounts_key(self):
        self.check_account({self.key: 0, self.bytes: 0}, self.server["AZURE_CONNECTION_STRING"])

    def test_a_shared_access_signature(self):
        # "Create an account SAS" of Azure's documentation.
        words = {"sp": "rwdlac", "ss": "b", "srt": "sco", "se": "2099-01-01T00:00:00Z", "sv": "2018-11-09"}
        text = "\n".join(["duplid", words["sp"], words["ss"], words["srt"], "", words["se"], "", "", words["sv"], ""])
        words["sig"] = base64.b64encode(hmac.new(self.bytes.encode(), text.encode(), hashlib.sha256).digest()).decode()
        token = urllib.parse.urlencode(words)
        # Once in the variable, and once where the account is taken out of it.
        self.check_account({urllib.parse.quote(words["sig"], safe=""): CURL_COPIES_MAX},
                           f"BlobEndpoint={self.server['AZURE_ENDPOINT']};SharedAccessSignature={token}", guarded=2)


class Swift(TransportTest):
    """A user's token stays the same as long as it is good, so the test can log in for it, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.password = f"geheim-swift-{secrets.token_hex(8)}"
        cls.swift = Server("swift", SWIFT_PLANTED_PASSWORD=cls.password)
        cls.addClassCleanup(cls.swift.stop)
        cls.keystone = Server("keystone-lite", KEYSTONE_SWIFT=cls.swift["SWIFT_AUTHURL"])
        cls.addClassCleanup(cls.keystone.stop)

    def check_login(self, scheme="swift", **values):
        headers, _ = ask(self.swift["SWIFT_AUTHURL"], headers={"X-Auth-User": self.swift["SWIFT_USERNAME"],
                                                               "X-Auth-Key": self.password})
        # The password is sent once, the token with each request.
        disk, container = Path(self.swift.directory, "disk"), f"of-{self.id().rpartition('.')[2]}"
        before = set(disk.rglob("*.data"))
        self.check({self.password: 0, headers["X-Auth-Token"]: CURL_COPIES_MAX},
                   lambda: set(disk.rglob("*.data")) - before, target=f"{scheme}://{container}/set",
                   variables=variables_of(values))

    def test_version_1(self):
        self.check_login(SWIFT_AUTHURL=self.swift["SWIFT_AUTHURL"], SWIFT_AUTHVERSION="1",
                         SWIFT_USERNAME=self.swift["SWIFT_USERNAME"], SWIFT_PASSWORD=self.password)

    def test_version_2(self):
        self.check_login(SWIFT_AUTHURL=self.keystone["SWIFT_V2_AUTHURL"], SWIFT_AUTHVERSION="2",
                         SWIFT_USERNAME="tester", SWIFT_TENANTNAME="test", SWIFT_PASSWORD=self.password)

    def test_version_3(self):
        self.check_login(**{name: self.keystone[name] for name in (
            "SWIFT_AUTHURL", "SWIFT_AUTHVERSION", "SWIFT_USERNAME", "SWIFT_TENANTNAME", "SWIFT_USER_DOMAIN_NAME",
            "SWIFT_PROJECT_DOMAIN_NAME", "SWIFT_REGIONNAME")}, SWIFT_PASSWORD=self.password)

    def test_the_key_of_rackspace(self):
        self.check_login("cf+http", CLOUDFILES_AUTHURL=self.keystone["SWIFT_V2_AUTHURL"],
                         CLOUDFILES_USERNAME="tester", CLOUDFILES_APIKEY=self.password)


if __name__ == "__main__":
    main()
