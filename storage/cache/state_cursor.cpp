#include "storage/cache/state_cursor.hpp"

#include "storage/cache/state_columns.hpp"

#include <fmt/format.h>

namespace duplid::cache {

namespace {

constexpr int rows_per_seek = 50'000;

std::string select_sql(bool has_end)
{
    return fmt::format("SELECT {} FROM state WHERE key >= ?1{} ORDER BY key", state_columns,
                       has_end ? " AND key < ?2" : "");
}

}  // namespace

StateCursor::StateCursor(sqlite::Database& database, std::string_view from,
                         const std::optional<std::string>& below)
    : select_{database, select_sql(below.has_value())}
{
    select_.bind(1, io::view_of(from));
    if (below) {
        select_.bind(2, io::view_of(*below));
    }
}

bool StateCursor::next(StateRow& row)
{
    if (at_end_) {
        return false;
    }
    if (!select_.step()) {
        at_end_ = true;
        return false;
    }
    read_state_row(select_, row);
    if (++rows_since_seek_ == rows_per_seek) {
        // Nothing stands between a key and the same key with a NUL after it.
        auto from = row.key;
        from += '\0';
        select_.reset();
        select_.bind(1, io::view_of(from));
        rows_since_seek_ = 0;
    }
    return true;
}

}  // namespace duplid::cache
