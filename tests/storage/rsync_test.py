#!/usr/bin/env python3
"""rsync: targets, of a daemon and over ssh."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import ServerTest  # noqa: E402
from trees import EPOCH, Tree, noise  # noqa: E402
from world import main  # noqa: E402

# A program is started for each file, so that a long listing is made of fewer.
FILES = 60


class DaemonTest(ServerTest):
    servers = {"rsyncd": ("rsyncd", {})}

    def variables(self, **more):
        return {"PATH": os.environ["PATH"], **more}

    def test_a_module_with_a_password_conforms(self):
        self.conform(self.rsyncd["RSYNC_URL"], variables=self.variables(RSYNC_PASSWORD=self.rsyncd["RSYNC_PASSWORD"]),
                     files=FILES, flaky_port=self.rsyncd.port, options={"timeout": 5})

    def test_a_module_for_everybody_conforms_after_restarts(self):
        self.conform(self.rsyncd["RSYNC_OPEN_URL"], variables=self.variables(), files=FILES, restart=self.rsyncd)


if __name__ == "__main__":
    main()
