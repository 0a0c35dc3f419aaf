// The one place that pairs StateRow's members with the columns of schema.sql. Private to this
// folder.
#pragma once

#include "storage/cache/state_row.hpp"
#include "storage/sqlite/statement.hpp"

#include <string_view>

namespace duplid::cache {

/// Names of the columns in the order that the functions below count them.
inline constexpr std::string_view state_columns =
    "key, type, mode, uid, gid, mtime, link, rdev_major, rdev_minor, known, size, mtime_ns, ctime, "
    "ctime_ns, inode, device, sig_set, sig_offset, sig_bytes, suspect, attributes, linked";
inline constexpr int state_column_count = 22;

/// Sets parameters 1 to state_column_count. `row` must live until `statement` has run.
void bind_state_row(sqlite::Statement& statement, const StateRow& row);

/// Takes the current row of a SELECT of state_columns.
void read_state_row(const sqlite::Statement& statement, StateRow& row);

}  // namespace duplid::cache
