"""Memory does not grow with the number of files (feature-goals.md R47; long).

Method: the largest resident size of one daemon that is given a tree, against that of another one that is
given the same tree ten times over. What ten million files would need follows from the difference.
"""

import os
import shutil
import unittest

from support import DaemonTest

FEW = 30_000
MANY = 10 * FEW
MIB = 1 << 20
# feature-goals.md, "Speed and size goals", with two workers.
GOAL = 100 * MIB
# Of what stays in memory for each file, a few bytes would be 20 MiB here, and 600 with ten million.
GROWTH_MAX = 20 * MIB


class MemoryTest(DaemonTest):
    def grow(self, first, last):
        """Files with names that cost something, a few hundred to a folder."""
        for number in range(first, last):
            folder = self.path("source", f"a folder with a name of some length {number // 300}")
            if number % 300 == 0:
                os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"and a file with a name of some length {number}"), "wb") as file:
                file.write(b"%d" % number)

    def peak_of(self, name, *steps):
        """The peak of a daemon that does these steps, each a method and its parameters, or something else."""
        self.start_daemon()
        client = self.client()
        for step in steps:
            if callable(step):
                step()
                continue
            method, more = step
            run = client.call(method, **self.archive(target="file://" + self.path(name), name="cache",
                                                     archive_dir=self.path("caches-" + name)), **more)["run"]
            self.assertEqual(client.outcome(run)["state"], "done", method)
        peak = self.memory_peak()
        self.end_daemon()
        return peak

    def test_ten_times_the_files_take_hardly_more_memory(self):
        peaks = {}
        made = 0
        for count in (FEW, MANY):
            self.grow(made, count)
            made = count
            name = f"target-{count}"
            peaks[count] = self.peak_of(
                name, ("backup", {"source": self.source, "type": "full"}),
                ("backup", {"source": self.source}),
                ("verify", {"directory": self.source}),
                ("check", {"sample": "all"}),
                ("repair", {"read_data": True}),
                lambda path=self.path("caches-" + name): shutil.rmtree(path),
                ("sync", {}),  # catalog and index come back
                ("restore", {"destination": self.path(f"restored-{count}")}))
        print({count: f"{peak / MIB:.0f} MiB" for count, peak in peaks.items()})
        self.assertLess(peaks[MANY], GOAL)
        self.assertLess(peaks[MANY] - peaks[FEW], GROWTH_MAX)


if __name__ == "__main__":
    unittest.main()
