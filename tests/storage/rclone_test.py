#!/usr/bin/env python3
"""rclone: targets: a directory of this machine, and one behind WebDAV, each through rclone's own configuration."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import ServerTest  # noqa: E402
from world import main  # noqa: E402

FILES = 20


class RcloneTest(ServerTest):
    def variables(self, text):
        home = self.world.root / "rclone-home"
        (home / ".config" / "rclone").mkdir(parents=True)
        (home / ".config" / "rclone" / "rclone.conf").write_text(text)
        return {"PATH": os.environ["PATH"], "HOME": str(home)}

    def test_a_local_remote_conforms(self):
        # rclone itself writes other bytes in place of some, and its moveto takes away what
        # it replaces before it renames.
        self.conform(f"rclone://here:/{self.world.root}/target", variables=self.variables("[here]\ntype = local\n"),
                     files=FILES, exclude=("newlines", "other-bytes", "long-names", "control-bytes", "atomic-replace"))


if __name__ == "__main__":
    main()
