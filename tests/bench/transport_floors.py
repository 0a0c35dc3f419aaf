"""What duplid's transports must reach, as ratios to the others on the same servers: of CPU seconds of the
client and all it started, and of wall time, which says something on an idle machine alone.
"""

from dataclasses import dataclass

# Medians of a few runs differ by that much where nothing differs.
NOISE = 1.05


@dataclass(frozen=True)
class Floor:
    place: str
    of: str  # "one file", "many files"
    others: tuple  # how the names of those begin whose best is the measure
    limit: float

    @property
    def what(self):
        return "to the best of " + ", ".join(self.others)


PEERS = ("rclone", "scp")
FLOORS = [
    *(Floor(place, "one file", PEERS, 1.10) for place in ("file", "sftp, ssh program", "webdav", "s3")),
    Floor("sftp, libssh2", "one file", ("libssh2",), NOISE),
    *(Floor(place, "many files", ("rclone",), NOISE)
      for place in ("file", "sftp, libssh2", "sftp, ssh program", "webdav", "s3")),
]


def judged(rows):
    """Lines (case, what, figure, limit, verdict): two for each floor and direction, or one that says that it was not
    measured, so that none is taken for one that holds."""
    lines = []
    for floor in FLOORS:
        for verb in ("put", "get"):
            case = f"{floor.place}: {verb}, {floor.of}"
            here = [row for row in rows if row["case"] == case]
            ours = [row for row in here if row["program"] == "duplid"]
            theirs = [row for row in here if row["program"].startswith(floor.others)]
            if not ours or not theirs:
                lines.append((case, f"wall, cpu {floor.what}", "", f"<= {floor.limit:g}", "not measured"))
                continue
            for figure in ("wall", "cpu"):
                ratio = ours[0][figure] / max(min(row[figure] for row in theirs), 1e-3)
                lines.append((case, f"{figure} {floor.what}", f"{ratio:.2f}", f"<= {floor.limit:g}",
                              "holds" if ratio <= floor.limit else "FAILS"))
    return lines
