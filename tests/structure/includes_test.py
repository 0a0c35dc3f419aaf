#!/usr/bin/env python3
"""Every #include of the tree keeps to the diagram, and the check itself notices when one does not."""

import os
import tempfile
import unittest

import include_rules

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

# Files that planted includes point at, so that only the arrow can be what is wrong.
HEADERS = [
    "proto/frame.hpp", "ctl/show/table.hpp", "daemon/runs/runs.hpp", "daemon/loop/loop.hpp", "daemon/agenda/job_service.hpp",
    "storage/io/bytes.hpp",
    "storage/sqlite/database.hpp", "storage/remote/remote.hpp", "storage/remote/file/file.hpp",
    "storage/remote/registry.hpp", "storage/remote/curl/transfer.hpp", "storage/remote/http/client.hpp",
    "storage/remote/command/child.hpp", "storage/remote/ssh/program.hpp", "storage/remote/par2/par2.hpp",
    "storage/cache/catalog.hpp", "engine/codec/gzip.hpp", "engine/select/rule.hpp",
    "engine/naming/name.hpp", "engine/tar/header.hpp", "engine/rdiff/delta.hpp",
    "engine/manifest/manifest.hpp", "engine/volume/writer.hpp", "engine/chain/chain.hpp",
    "engine/operation/archive/archive.hpp", "engine/operation/backup/backup.hpp",
    "engine/operation/restore/restore.hpp",
]

FORBIDDEN = [
    ("proto/a.cpp", '#include "storage/io/bytes.hpp"'),
    ("proto/a.cpp", "#include <sys/socket.h>"),
    ("proto/a.cpp", "#include <thread>"),
    ("ctl/a.cpp", '#include "engine/naming/name.hpp"'),
    ("ctl/a.cpp", '#include "storage/io/bytes.hpp"'),
    ("ctl/show/a.cpp", '#include "daemon/runs/runs.hpp"'),
    ("ctl/words/a.cpp", '#include "ctl/show/table.hpp"'),
    ("ctl/a.cpp", "#include <uv.h>"),
    ("ctl/a.cpp", "# include <sqlite3.h>"),
    ("storage/io/a.cpp", '#include "storage/remote/remote.hpp"'),
    ("storage/remote/a.cpp", '#include "storage/cache/catalog.hpp"'),
    ("storage/remote/url.cpp", '#include "storage/remote/curl/transfer.hpp"'),
    ("storage/remote/url.cpp", '#include "storage/remote/registry.hpp"'),
    ("storage/remote/curl/a.cpp", '#include "storage/remote/http/client.hpp"'),
    ("storage/remote/command/a.cpp", '#include "storage/remote/curl/transfer.hpp"'),
    ("storage/remote/http/a.cpp", '#include "storage/remote/command/child.hpp"'),
    ("storage/remote/file/a.cpp", '#include "storage/remote/ssh/program.hpp"'),
    ("storage/remote/ssh/a.cpp", '#include "storage/remote/registry.hpp"'),
    ("storage/remote/newcomer/a.cpp", '#include "storage/remote/file/file.hpp"'),
    ("storage/remote/multi/a.cpp", '#include "storage/remote/registry.hpp"'),
    ("storage/remote/multi/a.cpp", '#include "storage/remote/file/file.hpp"'),
    ("storage/remote/multi/a.cpp", '#include "storage/remote/par2/par2.hpp"'),
    ("storage/remote/rsync/a.cpp", '#include "storage/remote/file/file.hpp"'),
    ("storage/cache/a.cpp", '#include "storage/remote/remote.hpp"'),
    ("storage/cache/a.cpp", "#include <sqlite3.h>"),
    ("storage/io/a.cpp", '#include "engine/codec/gzip.hpp"'),
    ("engine/codec/a.cpp", '#include "engine/select/rule.hpp"'),
    ("engine/tar/a.cpp", '#include "engine/naming/name.hpp"'),
    ("engine/naming/a.cpp", '#include "storage/remote/remote.hpp"'),
    ("engine/manifest/a.cpp", '#include "engine/volume/writer.hpp"'),
    ("engine/volume/a.cpp", '#include "engine/manifest/manifest.hpp"'),
    ("engine/volume/a.cpp", '#include "engine/chain/chain.hpp"'),
    ("engine/chain/a.cpp", '#include "engine/operation/backup/backup.hpp"'),
    ("engine/operation/archive/a.cpp", '#include "engine/operation/backup/backup.hpp"'),
    ("engine/operation/backup/a.cpp", '#include "engine/operation/restore/restore.hpp"'),
    ("engine/operation/a.cpp", '#include "engine/operation/archive/archive.hpp"'),
    ("engine/operation/backup/a.cpp", '#include "storage/remote/file/file.hpp"'),
    ("engine/operation/backup/a.cpp", '#include "storage/sqlite/database.hpp"'),
    ("engine/operation/backup/a.cpp", '#include "proto/frame.hpp"'),
    ("engine/operation/backup/a.cpp", '#include "daemon/runs/runs.hpp"'),
    ("engine/operation/backup/a.cpp", "#include <nlohmann/json.hpp>"),
    ("engine/operation/backup/a.cpp", "#include <netinet/in.h>"),
    ("engine/chain/a.cpp", "#include <librsync.h>"),
    ("engine/tar/a.cpp", "#include <zlib.h>"),
    ("engine/volume/a.cpp", "#include <gpgme.h>"),
    ("daemon/a.cpp", '#include "ctl/show/table.hpp"'),
    ("daemon/a.cpp", "#include <openssl/evp.h>"),
    ("daemon/a.cpp", "#include <boost/asio.hpp>"),
    ("daemon/a.cpp", "#include <curl.h>"),
    ("daemon/a.cpp", "#include <uv.h>"),
    ("daemon/loop/a.cpp", '#include "daemon/runs/runs.hpp"'),
    ("daemon/runs/a.cpp", '#include "daemon/agenda/job_service.hpp"'),
    ("daemon/control/a.cpp", '#include "daemon/agenda/job_service.hpp"'),
    # Not named from the top, though the file exists.
    ("daemon/runs/a.cpp", '#include "runs.hpp"'),
]

ALLOWED = [
    ("ctl/words/a.cpp", '#include "proto/frame.hpp"\n#include <CLI/CLI.hpp>'),
    ("ctl/verbs/a.cpp", '#include "ctl/show/table.hpp"'),
    ("storage/cache/a.cpp", '#include "storage/sqlite/database.hpp"\n#include "storage/io/bytes.hpp"'),
    ("storage/remote/registry.cpp", '#include "storage/remote/file/file.hpp"\n#include "storage/remote/par2/par2.hpp"'),
    ("storage/remote/newcomer/a.cpp",
     '#include "storage/remote/http/client.hpp"\n#include "storage/remote/remote.hpp"\n#include "storage/io/bytes.hpp"'),
    ("storage/remote/http/a.cpp", '#include "storage/remote/curl/transfer.hpp"'),
    ("storage/remote/rsync/a.cpp", '#include "storage/remote/ssh/program.hpp"'),
    ("storage/remote/par2/a.cpp", '#include "storage/remote/command/child.hpp"\n#include "storage/remote/remote.hpp"'),
    ("storage/sqlite/a.cpp", "#include <sqlite3.h>"),
    ("engine/tar/a.cpp", '#include "storage/io/bytes.hpp"\n#include <fmt/core.h>\n#include <string_view>'),
    ("engine/volume/a.cpp", '#include "engine/naming/name.hpp"\n#include "engine/codec/gzip.hpp"'),
    ("engine/chain/a.cpp", '#include "engine/manifest/manifest.hpp"\n#include "storage/remote/remote.hpp"'),
    ("engine/operation/backup/a.cpp", '#include "storage/cache/catalog.hpp"\n#include <sys/stat.h>\n#include <fcntl.h>'),
    ("daemon/a.cpp", '#include "storage/remote/file/file.hpp"\n#include "daemon/agenda/job_service.hpp"'),
    ("daemon/loop/a.cpp", "#include <uv.h>"),
    ("daemon/service/a.cpp", '#include "daemon/runs/runs.hpp"\n#include <systemd/sd-daemon.h>'),
    ("daemon/a.cpp", '// #include "ctl/show/table.hpp" would be wrong'),
]


class IncludesTest(unittest.TestCase):
    def check_planted(self, path, text):
        with tempfile.TemporaryDirectory() as top:
            for name in [*HEADERS, path]:
                os.makedirs(os.path.join(top, os.path.dirname(name)), exist_ok=True)
                with open(os.path.join(top, name), "w", encoding="utf-8") as file:
                    file.write(text + "\n" if name == path else "")
            return include_rules.violations(top)

    def test_every_planted_violation_is_found_and_placed(self):
        for path, line in FORBIDDEN:
            with self.subTest(path=path, line=line):
                found = self.check_planted(path, "\n" + line)
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{path}:2: "), found)

    def test_what_the_diagram_allows_is_not_complained_of(self):
        for path, text in ALLOWED:
            with self.subTest(path=path, text=text):
                self.assertEqual(self.check_planted(path, text), [])

    def test_the_tree_keeps_to_the_diagram(self):
        self.assertGreater(len(list(include_rules.source_files(TOP))), 0)
        found = include_rules.violations(TOP)
        self.assertEqual(found, [], "\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()
