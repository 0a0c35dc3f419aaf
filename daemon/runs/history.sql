-- history.db: what the daemon remembers of runs. Losing it loses no backup.

-- One row a run; `record` is the reply of run-show as JSON.
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    ended INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;

-- Events as they went over the wire.
CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
