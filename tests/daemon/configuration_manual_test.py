"""Manual pages of the configuration: roff has nothing against them, and each setting that the schema knows is in them.
The schema is a file of the repository, rendered by man as a reader sees it."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PAGES = Path(os.environ["DUPLID_CONFIGURATION_PAGES"])
CLIENT_PAGES = Path(os.environ["DUPLID_CLIENT_PAGES"])


def settings(schema, prefix=""):
    """Names as the manual has them; twins in base64 are told once, for all."""
    for name, part in schema["properties"].items():
        if name == "$schema" or name.endswith("_b64"):
            continue
        yield prefix + name
        yield from settings(part, f"{prefix}{name}.") if "properties" in part else ()
        yield from settings(part["items"], f"{prefix}{name}[].") if "properties" in part.get("items", {}) else ()


class Manuals(unittest.TestCase):
    def rendered(self, page):
        done = subprocess.run(["man", "--local-file", "--encoding=UTF-8", "--warnings=w", str(page)], text=True,
                              capture_output=True, check=False,
                              env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"})
        self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)
        return re.sub(".\b", "", done.stdout)

    def test_roff_has_no_complaint_about_any_page(self):
        pages = [*PAGES.glob("*.5"), *CLIENT_PAGES.glob("*.1")]
        self.assertGreaterEqual(len(pages), 5)
        for page in pages:
            with self.subTest(page.name):
                done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", str(page)], text=True,
                                      capture_output=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_setting_of_a_job_is_in_its_manual(self):
        with open(TOP / "etc/duplid-job.schema.json", encoding="utf-8") as file:
            names = list(settings(json.load(file)))
        self.assertIn("conditions.filesystem", names)
        text = self.rendered(PAGES / "duplid-job.5")
        for name in names:
            self.assertRegex(text, rf"(?m)^ +{re.escape(name)}: ")

    def test_the_examples_are_the_files_that_are_shipped(self):
        for page, example in (("duplid-job.5", "jobs.d/home.json.example"), ("duplid.json.5", "duplid.json")):
            text = self.rendered(PAGES / page)
            for line in (TOP / "etc" / example).read_text(encoding="utf-8").splitlines():
                self.assertIn(line.strip(), text)

    def test_settings_of_the_daemon_are_in_their_manual(self):
        text = self.rendered(PAGES / "duplid.json.5")
        for name in ("running_max", "metrics_file", "defaults"):
            self.assertRegex(text, rf"(?m)^ +{name}: ")


if __name__ == "__main__":
    unittest.main()
