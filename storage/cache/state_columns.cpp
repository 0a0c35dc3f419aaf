#include "storage/cache/state_columns.hpp"

namespace duplid::cache {

namespace {

// SQLite's integers are signed; unsigned ones travel by their bits, which C++20 defines both ways.
std::uint64_t from_column(std::int64_t number) noexcept
{
    return static_cast<std::uint64_t>(number);
}

}  // namespace

void bind_state_row(sqlite::Statement& statement, const StateRow& row)
{
    statement.bind_unowned(1, io::view_of(row.key));
    statement.bind(2, row.type);
    statement.bind(3, row.mode);
    statement.bind(4, row.uid);
    statement.bind(5, row.gid);
    statement.bind(6, row.mtime);
    statement.bind_unowned(7, io::view_of(row.link));
    statement.bind(8, row.rdev_major);
    statement.bind(9, row.rdev_minor);
    statement.bind(10, row.known);
    statement.bind(11, row.size);
    statement.bind(12, row.mtime_ns);
    statement.bind(13, row.ctime);
    statement.bind(14, row.ctime_ns);
    statement.bind(15, row.inode);
    statement.bind(16, row.device);
    statement.bind(17, row.sig_set);
    statement.bind(18, row.sig_offset);
    statement.bind(19, row.sig_bytes);
    statement.bind(20, row.suspect);
    statement.bind_unowned(21, io::view_of(row.attributes));
    statement.bind(22, row.linked);
}

void read_state_row(const sqlite::Statement& statement, StateRow& row)
{
    row.key.assign(io::text_of(statement.blob(0)));
    row.type = static_cast<int>(statement.number(1));
    row.mode = static_cast<std::uint32_t>(statement.number(2));
    row.uid = from_column(statement.number(3));
    row.gid = from_column(statement.number(4));
    row.mtime = statement.number(5);
    row.link.assign(io::text_of(statement.blob(6)));
    row.rdev_major = from_column(statement.number(7));
    row.rdev_minor = from_column(statement.number(8));
    row.known = static_cast<std::uint32_t>(statement.number(9));
    row.size = from_column(statement.number(10));
    row.mtime_ns = static_cast<std::uint32_t>(statement.number(11));
    row.ctime = statement.number(12);
    row.ctime_ns = static_cast<std::uint32_t>(statement.number(13));
    row.inode = from_column(statement.number(14));
    row.device = from_column(statement.number(15));
    row.sig_set = static_cast<std::int32_t>(statement.number(16));
    row.sig_offset = from_column(statement.number(17));
    row.sig_bytes = from_column(statement.number(18));
    row.suspect = statement.number(19) != 0;
    row.attributes.assign(io::text_of(statement.blob(20)));
    row.linked = statement.number(21) != 0;
}

}  // namespace duplid::cache
