"""duplid(8), which is written by hand, against what duplid says of itself."""

import os
import re
import shutil
import subprocess
import unittest

DUPLID = os.environ["DUPLID_BIN"]
PAGE = os.path.join(os.path.dirname(__file__), "../../daemon/duplid.8")


class Manual(unittest.TestCase):
    def test_it_has_the_options_that_the_program_has_and_no_others(self):
        help_text = subprocess.run([DUPLID, "--help"], capture_output=True, text=True, check=True).stdout
        with open(PAGE, encoding="utf-8") as file:
            options = file.read().split(".SH OPTIONS")[1].split(".SH ")[0].replace("\\-", "-")
        of_program = re.findall(r"^  (--[a-z-]+)(?: ([A-Z]+))?", help_text, re.MULTILINE)
        of_page = re.findall(r'^\.BI? (--[a-z-]+)(?: " ([A-Z]+)")?', options, re.MULTILINE)
        self.assertEqual(sorted(of_page), sorted(of_program))

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_it_is_set_without_a_warning(self):
        result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", PAGE], capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
