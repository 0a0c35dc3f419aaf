// A SQLite database file, open. This folder is the only code that knows SQLite's header.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

struct sqlite3;

namespace duplid::sqlite {

/// How sure a commit is of surviving a power cut; a killed process never loses one.
enum class Durability {
    normal,  ///< the database stays whole, the last commits may be missing
    full,    ///< a commit that returned is on the disk
};

struct OpenOptions {
    Durability durability = Durability::normal;
    /// Memory for pages, in KiB. A transaction may be larger: pages go to the file early.
    int cache_kib = 8 * 1024;
    /// How long a statement waits for another process's lock before it ends with Error busy.
    std::chrono::milliseconds busy_timeout{5'000};
};

/// One connection, in write-ahead mode where the file system can map shared memory, else with a
/// rollback journal (architecture.md 5: caches may lie on any file system).
///
/// One thread at a time, statements and transactions included. Members that hold Statements are
/// declared after their Database, so that they go first.
///
/// Throws, here and in Statement and Transaction: Error with the file as object: no_space, busy,
/// corrupt (also: not a database at all), denied, invalid (cannot be opened), internal.
class Database {
public:
    /// Opens the file at `path`, making it (mode 0666 less the umask, page size 8 KiB) when it is
    /// missing. A file that is no database ends with Error corrupt.
    explicit Database(std::string path, const OpenOptions& options = {});
    Database(Database&&) noexcept = default;
    Database& operator=(Database&&) noexcept = default;

    /// Runs one or more statements that give no rows. Nothing of a caller's data belongs into
    /// `sql`: values are bound, see Statement.
    void execute(const char* sql);

    /// The application's number for its schema: 0 in a new file.
    [[nodiscard]] int user_version();
    void set_user_version(int version);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Whether write-ahead mode is on.
    [[nodiscard]] bool is_wal() const noexcept { return is_wal_; }
    /// Whether a Transaction is open.
    [[nodiscard]] bool in_transaction() const noexcept;
    /// Rows changed by the last INSERT, UPDATE or DELETE.
    [[nodiscard]] std::int64_t changes() const noexcept;

    /// For Statement and Transaction only.
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };

    void connect(const OpenOptions& options);
    [[nodiscard]] bool try_wal();
    void leave_wal(const OpenOptions& options);

    std::string path_;
    std::unique_ptr<sqlite3, Close> handle_;
    bool is_wal_ = false;
};

}  // namespace duplid::sqlite
