-- checks.db: which files of the target were read back, found whole, and when. Losing it costs
-- nothing but the rotation of samples.

CREATE TABLE read_back (
    name TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    time INTEGER NOT NULL  -- epoch seconds
) STRICT, WITHOUT ROWID;
