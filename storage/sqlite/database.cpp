#include "storage/sqlite/database.hpp"

#include "storage/sqlite/failure.hpp"
#include "storage/sqlite/statement.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <utility>

namespace duplid::sqlite {

namespace {

/// SQLite would count all of its memory, under one lock for all connections: two that are filled on
/// two threads wait for each other at every row. Nobody asks for the number.
void count_no_memory() noexcept
{
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(done);  // too late if somebody else began with SQLite; it only costs time
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const noexcept
{
    // Cannot fail: every Statement is gone by contract, and v2 would wait for a forgotten one.
    sqlite3_close_v2(handle);
}

Database::Database(std::string path, const OpenOptions& options) : path_{std::move(path)}
{
    connect(options);
    // Has no effect on a file that exists, and must come before the journal mode. 8 KiB:
    // performance.md 3.
    execute("PRAGMA page_size = 8192");
    is_wal_ = try_wal();
    if (!is_wal_) {
        leave_wal(options);
    }
    // With a rollback journal, NORMAL leaves a small window in which a power cut damages the
    // file; write-ahead mode does not have it.
    const bool full = options.durability == Durability::full || !is_wal_;
    execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    // Negative means KiB. Sorting is never large here, and temporary files of SQLite would lie
    // outside the directories that the service may write.
    execute(fmt::format("PRAGMA cache_size = -{}; PRAGMA temp_store = MEMORY", options.cache_kib)
                .c_str());
}

// Runs no statement yet: most of them, pragmas too, read the file, and with it its journal mode.
void Database::connect(const OpenOptions& options)
{
    handle_.reset();
    count_no_memory();
    sqlite3* handle = nullptr;
    // Without SQLite's own mutexes: a connection belongs to one thread at a time here.
    const int code =
        sqlite3_open_v2(path_.c_str(), &handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) {
        throw failure(code, handle, path_);
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
}

// Write-ahead mode needs memory shared through the file "-shm", which network file systems and
// some in user space do not have. It shows at the first use only, hence the look at the schema.
bool Database::try_wal()
{
    sqlite3_stmt* raw = nullptr;
    int code = sqlite3_prepare_v2(handle_.get(), "PRAGMA journal_mode = WAL", -1, &raw, nullptr);
    bool on = false;
    if (code == SQLITE_OK) {
        code = sqlite3_step(raw);
        on = code == SQLITE_ROW && sqlite3_column_bytes(raw, 0) == 3;  // "wal", not "delete"
    }
    sqlite3_finalize(raw);
    if (on) {
        code = sqlite3_exec(handle_.get(), "SELECT count(*) FROM sqlite_schema", nullptr, nullptr,
                            nullptr);
    }
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
        return on;
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
        return false;
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_SHMOPEN || code == SQLITE_IOERR_SHMSIZE ||
            code == SQLITE_IOERR_SHMMAP || code == SQLITE_IOERR_SHMLOCK ||
            code == SQLITE_IOERR_LOCK) {
            return false;
        }
        [[fallthrough]];
    default:
        throw failure(code, handle_.get(), path_);
    }
}

// A file that was left in write-ahead mode by a machine that could is opened without shared memory
// in exclusive mode, set back, and shared again.
void Database::leave_wal(const OpenOptions& options)
{
    connect(options);
    execute("PRAGMA page_size = 8192; PRAGMA locking_mode = EXCLUSIVE;"
            "PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL;"
            "SELECT count(*) FROM sqlite_schema");
}

void Database::execute(const char* sql)
{
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        throw failure(code, handle_.get(), path_);
    }
}

int Database::user_version()
{
    Statement select{*this, "PRAGMA user_version"};
    return select.step() ? static_cast<int>(select.number(0)) : 0;
}

void Database::set_user_version(int version)
{
    execute(fmt::format("PRAGMA user_version = {}", version).c_str());
}

bool Database::in_transaction() const noexcept
{
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

std::int64_t Database::changes() const noexcept
{
    return sqlite3_changes64(handle_.get());
}

}  // namespace duplid::sqlite
