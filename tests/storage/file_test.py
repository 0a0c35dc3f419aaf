#!/usr/bin/env python3
"""file: targets. Most of what they are asked stands in the conformance suite and in unit tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import ServerTest  # noqa: E402
from world import main  # noqa: E402


class FileTest(ServerTest):
    def test_a_directory_conforms(self):
        self.conform(f"file://{self.world.root}/target")

    def test_a_directory_named_as_front_ends_name_it_conforms(self):
        self.conform(f"gio+file://{self.world.root}/target", files=100)


class HugeFileTest(ServerTest):
    def test_a_file_of_five_gigabytes_goes_there_and_comes_back(self):
        self.conform_huge(f"file://{self.world.root}/target", self.world.root)


if __name__ == "__main__":
    main()
