-- files.db: every version of every path that the signatures of the archive's chains tell of.
-- A change of this file needs a new index_version in file_index.cpp; old files are then rebuilt.

CREATE TABLE chain (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- The sets of a chain that its rows reflect, the full one at position 0. The stamp tells a set from
-- another of its name.
CREATE TABLE applied (
    chain    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    set_name TEXT NOT NULL,
    stamp    TEXT NOT NULL,
    PRIMARY KEY (chain, position)
) WITHOUT ROWID;

-- What is there as of a chain's last set: one row a path. file_columns.hpp pairs the columns with
-- the members of FileRow; NULL is "not known". Unsigned 64-bit numbers are kept by their bits.
CREATE TABLE live (
    chain       INTEGER NOT NULL,
    key         BLOB NOT NULL,
    since       INTEGER NOT NULL,
    type        INTEGER NOT NULL,
    mode        INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    gid         INTEGER NOT NULL,
    mtime       INTEGER NOT NULL,
    mtime_ns    INTEGER,
    size        INTEGER,
    link        BLOB NOT NULL,
    rdev_major  INTEGER NOT NULL,
    rdev_minor  INTEGER NOT NULL,
    block_bytes INTEGER NOT NULL,
    content     INTEGER NOT NULL,
    sha256      BLOB NOT NULL,
    PRIMARY KEY (chain, key)
) WITHOUT ROWID;

-- Versions that a later set of the chain replaced or removed: the set at position `until`.
CREATE TABLE past (
    chain       INTEGER NOT NULL,
    key         BLOB NOT NULL,
    since       INTEGER NOT NULL,
    type        INTEGER NOT NULL,
    mode        INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    gid         INTEGER NOT NULL,
    mtime       INTEGER NOT NULL,
    mtime_ns    INTEGER,
    size        INTEGER,
    link        BLOB NOT NULL,
    rdev_major  INTEGER NOT NULL,
    rdev_minor  INTEGER NOT NULL,
    block_bytes INTEGER NOT NULL,
    content     INTEGER NOT NULL,
    sha256      BLOB NOT NULL,
    until       INTEGER NOT NULL,
    PRIMARY KEY (chain, key, since)
) WITHOUT ROWID;
