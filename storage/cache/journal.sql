-- journal.db: the run that is going on, or that was interrupted.
-- A change of this file needs a new journal_version in journal.cpp.

CREATE TABLE run (
    only_one     INTEGER PRIMARY KEY CHECK (only_one = 1),
    set_name     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    setup        BLOB NOT NULL,
    volume_bytes INTEGER NOT NULL,
    started      INTEGER NOT NULL
);

-- A row appears before its put, and is acknowledged when the target confirmed.
CREATE TABLE volume (
    number          INTEGER PRIMARY KEY,
    file_name       TEXT NOT NULL,
    sha1            TEXT NOT NULL,
    bytes           INTEGER NOT NULL,
    record          BLOB NOT NULL,
    mark            TEXT NOT NULL,
    signatures_sha1 TEXT NOT NULL,
    acknowledged    INTEGER NOT NULL
);
