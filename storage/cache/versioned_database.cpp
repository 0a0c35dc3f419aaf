#include "storage/cache/versioned_database.hpp"

#include "storage/io/error.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/transaction.hpp"

#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::cache {

namespace {

bool is_empty(sqlite::Database& database)
{
    sqlite::Statement select{database, "SELECT count(*) FROM sqlite_schema"};
    return select.step() && select.number(0) == 0;
}

void set_up(sqlite::Database& database, const char* schema, int version)
{
    // In one transaction, so that a file with a version always has its tables.
    sqlite::Transaction transaction{database};
    database.execute(schema);
    database.set_user_version(version);
    transaction.commit();
}

}  // namespace

VersionedDatabase open_versioned(const std::string& path, const char* schema, int version,
                                 const sqlite::OpenOptions& options)
{
    std::string why;
    try {
        sqlite::Database database{path, options};
        const int found = database.user_version();
        const bool is_new = found == 0 && is_empty(database);
        if (is_new) {
            set_up(database, schema, version);
        }
        if (is_new || found == version) {
            return {std::move(database), {}};
        }
        why = fmt::format("{} has version {}, this program knows {}", path, found, version);
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
        why = error.what();
    }
    set_database_aside(path);
    sqlite::Database database{path, options};
    set_up(database, schema, version);
    return {std::move(database), std::move(why)};
}

void set_database_aside(const std::string& path)
{
    // The write-ahead log first: beside a new database of the same name it would be replayed.
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        const auto beside = path + suffix;
        if (::unlink(beside.c_str()) != 0 && errno != ENOENT) {
            throw system_error(errno, "removing", beside);
        }
    }
    const auto aside = path + ".bad";
    if (std::rename(path.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
        throw system_error(errno, "putting aside", path);
    }
}

}  // namespace duplid::cache
