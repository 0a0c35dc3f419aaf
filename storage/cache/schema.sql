-- catalog.db: the current state of one chain. All of it can be rebuilt from the sigtars.
-- A change of this file needs a new catalog_version in catalog.cpp; old files are then rebuilt.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The sets the state reflects, the full one at position 0.
CREATE TABLE applied (
    position      INTEGER PRIMARY KEY,
    set_name      TEXT NOT NULL,
    manifest_sha1 TEXT NOT NULL
);

-- One row a path, in the order in which a source is walked. Unsigned 64-bit numbers are kept by
-- their bits. state_columns.hpp pairs these columns with the members of StateRow.
CREATE TABLE state (
    key        BLOB PRIMARY KEY,
    type       INTEGER NOT NULL,
    mode       INTEGER NOT NULL,
    uid        INTEGER NOT NULL,
    gid        INTEGER NOT NULL,
    mtime      INTEGER NOT NULL,
    link       BLOB NOT NULL,
    rdev_major INTEGER NOT NULL,
    rdev_minor INTEGER NOT NULL,
    known      INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime      INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    device     INTEGER NOT NULL,
    sig_set    INTEGER NOT NULL,
    sig_offset INTEGER NOT NULL,
    sig_bytes  INTEGER NOT NULL,
    suspect    INTEGER NOT NULL,
    attributes BLOB NOT NULL,
    linked     INTEGER NOT NULL
) WITHOUT ROWID;

-- Rows of the run that is going on, of the same form as `state`: a full run ends by exchanging the
-- two names.
CREATE TABLE staged (
    key        BLOB PRIMARY KEY,
    type       INTEGER NOT NULL,
    mode       INTEGER NOT NULL,
    uid        INTEGER NOT NULL,
    gid        INTEGER NOT NULL,
    mtime      INTEGER NOT NULL,
    link       BLOB NOT NULL,
    rdev_major INTEGER NOT NULL,
    rdev_minor INTEGER NOT NULL,
    known      INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime      INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    device     INTEGER NOT NULL,
    sig_set    INTEGER NOT NULL,
    sig_offset INTEGER NOT NULL,
    sig_bytes  INTEGER NOT NULL,
    suspect    INTEGER NOT NULL,
    attributes BLOB NOT NULL,
    linked     INTEGER NOT NULL
) WITHOUT ROWID;

-- Paths that an incremental run found gone.
CREATE TABLE staged_gone (
    key BLOB PRIMARY KEY
) WITHOUT ROWID;

-- Which pieces of a cached sigtar can be inflated by themselves.
CREATE TABLE sig_chunk (
    set_position  INTEGER NOT NULL,
    raw_offset    INTEGER NOT NULL,
    raw_bytes     INTEGER NOT NULL,
    stored_offset INTEGER NOT NULL,
    stored_bytes  INTEGER NOT NULL,
    PRIMARY KEY (set_position, raw_offset)
) WITHOUT ROWID;
