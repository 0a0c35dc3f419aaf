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

-- The keys of live and past, packed (packed_names.hpp), so that names are found without the rows. A
-- block holds the keys from its first one up to that of the next block.
CREATE TABLE name_block (
    chain     INTEGER NOT NULL,
    first_key BLOB NOT NULL,
    names     BLOB NOT NULL,
    PRIMARY KEY (chain, first_key)
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
    attributes  BLOB,
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
    attributes  BLOB,
    until       INTEGER NOT NULL,
    PRIMARY KEY (chain, key, since)
) WITHOUT ROWID;
