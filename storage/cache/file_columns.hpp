// FileRow to columns and back. Private to this folder.
#pragma once

#include "storage/cache/file_row.hpp"
#include "storage/sqlite/statement.hpp"

namespace duplid::cache {

/// The columns of tables `live` and `past` that a version is made of, `chain` first.
inline constexpr const char* file_columns =
    "chain, key, since, type, mode, uid, gid, mtime, mtime_ns, size, link, rdev_major, rdev_minor, "
    "block_bytes, content, sha256, attributes";
inline constexpr int file_column_count = 17;

/// Binds parameters 1 to file_column_count, key, link and digests unowned: `row` must live until
/// the statement has run.
void bind_file_row(sqlite::Statement& statement, std::int64_t chain, const FileRow& row);

/// Reads the columns, with `until` behind them if `has_until`.
void read_file_row(const sqlite::Statement& statement, bool has_until, FileRow& row);

}  // namespace duplid::cache
