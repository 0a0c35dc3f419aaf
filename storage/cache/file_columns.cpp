#include "storage/cache/file_columns.hpp"

namespace duplid::cache {

namespace {

// SQLite's integers are signed; unsigned ones travel by their bits, which C++20 defines both ways.
std::uint64_t from_column(std::int64_t number) noexcept
{
    return static_cast<std::uint64_t>(number);
}

template <class Number>
void bind_optional(sqlite::Statement& statement, int parameter, const std::optional<Number>& value)
{
    if (value) {
        statement.bind(parameter, *value);
    } else {
        statement.bind_null(parameter);
    }
}

}  // namespace

void bind_file_row(sqlite::Statement& statement, std::int64_t chain, const FileRow& row)
{
    statement.bind(1, chain);
    statement.bind_unowned(2, io::view_of(row.key));
    statement.bind(3, row.since);
    statement.bind(4, row.type);
    statement.bind(5, row.mode);
    statement.bind(6, row.uid);
    statement.bind(7, row.gid);
    statement.bind(8, row.mtime);
    bind_optional(statement, 9, row.mtime_ns);
    bind_optional(statement, 10, row.size);
    statement.bind_unowned(11, io::view_of(row.link));
    statement.bind(12, row.rdev_major);
    statement.bind(13, row.rdev_minor);
    statement.bind(14, row.block_bytes);
    statement.bind(15, row.content);
    statement.bind_unowned(16, io::view_of(row.sha256));
    if (row.attributes) {
        statement.bind_unowned(17, io::view_of(*row.attributes));
    } else {
        statement.bind_null(17);
    }
}

void read_file_row(const sqlite::Statement& statement, bool has_until, FileRow& row)
{
    row.key.assign(io::text_of(statement.blob(1)));
    row.since = static_cast<std::int32_t>(statement.number(2));
    row.type = static_cast<int>(statement.number(3));
    row.mode = static_cast<std::uint32_t>(statement.number(4));
    row.uid = from_column(statement.number(5));
    row.gid = from_column(statement.number(6));
    row.mtime = statement.number(7);
    row.mtime_ns.reset();
    if (!statement.is_null(8)) {
        row.mtime_ns = static_cast<std::uint32_t>(statement.number(8));
    }
    row.size.reset();
    if (!statement.is_null(9)) {
        row.size = from_column(statement.number(9));
    }
    row.link.assign(io::text_of(statement.blob(10)));
    row.rdev_major = from_column(statement.number(11));
    row.rdev_minor = from_column(statement.number(12));
    row.block_bytes = static_cast<std::uint32_t>(statement.number(13));
    row.content = from_column(statement.number(14));
    row.sha256.assign(io::text_of(statement.blob(15)));
    row.attributes.reset();
    if (!statement.is_null(16)) {
        row.attributes.emplace(io::text_of(statement.blob(16)));
    }
    row.until.reset();
    if (has_until) {
        row.until = static_cast<std::int32_t>(statement.number(file_column_count));
    }
}

}  // namespace duplid::cache
