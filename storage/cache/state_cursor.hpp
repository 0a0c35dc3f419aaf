// A walk through the catalog's rows in the order of their keys.
#pragma once

#include "storage/cache/state_row.hpp"
#include "storage/sqlite/statement.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::cache {

/// Made by Catalog, which must outlive it; one thread at a time with the Catalog. It may stay open
/// while rows are staged, and looks at the table anew now and then, so that it never holds back
/// the write-ahead log for long. It must have come to its end or be gone before commit_run(),
/// commit_refresh() and reset().
class StateCursor {
public:
    /// Fills `row` with the next one; false at the end, and `row` is then as it was. The memory
    /// of `row` is used again: give the same one each time.
    /// Throws: Error (see sqlite::Database).
    [[nodiscard]] bool next(StateRow& row);

private:
    friend class Catalog;

    /// Rows with keys from `from` on, and below `below` if it is given.
    StateCursor(sqlite::Database& database, std::string_view from,
                const std::optional<std::string>& below);

    sqlite::Statement select_;
    int rows_since_seek_ = 0;
    bool at_end_ = false;
};

}  // namespace duplid::cache
