// Witness for what is in the file: its first bytes, as SQLite's file format describes them.
#include "storage/sqlite/database.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/transaction.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace duplid;
using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

namespace {

constexpr std::chrono::milliseconds no_wait{0};

struct Bench {
    io::TempDirectory directory;
    std::string path = directory.path() + "/test.db";
};

template <typename Action>
Error failure_of(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

std::int64_t number_of(Database& database, std::string_view sql)
{
    Statement select{database, sql};
    REQUIRE(select.step());
    return select.number(0);
}

// Fills table t(x BLOB) of a database, a mebibyte at a time.
void fill(Database& database, int mebibytes)
{
    database.execute("CREATE TABLE IF NOT EXISTS t (x BLOB)");
    Statement insert{database, "INSERT INTO t VALUES (zeroblob(1048576))"};
    for (int i = 0; i < mebibytes; ++i) {
        insert.run();
    }
}

// Runs `body` in a child; true when it returned true.
template <typename Body>
bool in_child(Body body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        bool good = false;
        try {
            good = body();
        } catch (...) {
            good = false;
        }
        ::_exit(good ? 0 : 1);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a new file has pages of 8 KiB, write-ahead mode and version 0")
{
    Bench bench;
    Database database{bench.path};
    database.execute("CREATE TABLE t (x)");
    CHECK(database.is_wal());
    CHECK(database.user_version() == 0);
    database = Database{bench.path};  // the file is written out when the first one goes
    const auto header = io::read_file(bench.path, 1'000'000);
    REQUIRE(header.size() >= 100);
    CHECK(io::text_of(header).starts_with(std::string_view{"SQLite format 3\0", 16}));
    CHECK(header[16] == std::byte{0x20});  // page size 0x2000, big-endian
    CHECK(header[17] == std::byte{0x00});
    CHECK(header[18] == std::byte{2});  // write version: WAL
}

TEST_CASE("the version is kept in the file")
{
    Bench bench;
    {
        Database database{bench.path};
        database.set_user_version(7);
    }
    Database database{bench.path};
    CHECK(database.user_version() == 7);
}

TEST_CASE("a transaction that is not committed has not happened")
{
    Bench bench;
    Database database{bench.path};
    database.execute("CREATE TABLE t (x)");
    {
        Transaction transaction{database};
        CHECK(database.in_transaction());
        database.execute("INSERT INTO t VALUES (1)");
    }
    CHECK_FALSE(database.in_transaction());
    CHECK(number_of(database, "SELECT count(*) FROM t") == 0);
    {
        Transaction transaction{database};
        database.execute("INSERT INTO t VALUES (1), (2)");
        CHECK(database.changes() == 2);
        transaction.commit();
    }
    CHECK(number_of(database, "SELECT count(*) FROM t") == 2);
}

TEST_CASE("two writers do not get in each other's way: the second is told busy")
{
    Bench bench;
    Database first{bench.path};
    Database second{bench.path, {.busy_timeout = no_wait}};
    Transaction holding{first};
    const auto error = failure_of([&] { Transaction{second}; });
    CHECK(error.kind() == Error::Kind::busy);
    CHECK(error.object() == bench.path);
}

TEST_CASE("what is no database, or no longer one, is corrupt")
{
    Bench bench;
    SUBCASE("other content")
    {
        io::replace_file(bench.path, io::Bytes(10'000, std::byte{'x'}));
        CHECK(failure_of([&] { Database{bench.path}; }).kind() == Error::Kind::corrupt);
    }
    SUBCASE("pages lost")
    {
        {
            Database database{bench.path};
            fill(database, 1);
        }
        std::filesystem::resize_file(bench.path, 20'000);
        const auto error = failure_of([&] {
            Database database{bench.path};
            (void)number_of(database, "SELECT sum(length(x)) + max(x) FROM t");
        });
        CHECK(error.kind() == Error::Kind::corrupt);
        CHECK(error.object() == bench.path);
    }
}

TEST_CASE("a path that cannot be opened says so")
{
    Bench bench;
    CHECK(failure_of([&] { Database{bench.directory.path()}; }).kind() == Error::Kind::invalid);
    CHECK(failure_of([&] { Database{bench.directory.path() + "/none/x.db"}; }).kind() ==
          Error::Kind::invalid);
}

TEST_CASE("a database that may not be opened is denied" * doctest::skip(::geteuid() == 0))
{
    Bench bench;
    {
        const Database database{bench.path};
    }
    REQUIRE(::chmod(bench.path.c_str(), 0) == 0);
    CHECK(failure_of([&] { Database{bench.path}; }).kind() == Error::Kind::denied);
}

TEST_CASE("a database that may grow no further is no_space, and keeps what it had")
{
    Bench bench;
    Database database{bench.path};
    fill(database, 1);
    database.execute("PRAGMA max_page_count = 300");
    const auto error = failure_of([&] { fill(database, 10); });
    CHECK(error.kind() == Error::Kind::no_space);
    CHECK_FALSE(error.hint().empty());
    CHECK(number_of(database, "SELECT count(*) FROM t") >= 1);
}

TEST_CASE("a limit on file sizes is no_space, and the file opens again")
{
    Bench bench;
    {
        Database database{bench.path};
        fill(database, 1);
    }
    CHECK(in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{3'000'000, 3'000'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        Database database{bench.path};
        return failure_of([&] { fill(database, 10); }).kind() == Error::Kind::no_space;
    }));
    Database database{bench.path};
    CHECK(number_of(database, "SELECT count(*) FROM t") >= 1);
}

TEST_CASE(
    "without shared memory a rollback journal is used, by one that was in write-ahead mode too")
{
    Bench bench;
    SUBCASE("new file") {}
    SUBCASE("file left in write-ahead mode")
    {
        Database database{bench.path};
        database.execute("CREATE TABLE old (x); INSERT INTO old VALUES (42)");
        REQUIRE(database.is_wal());
    }
    const bool had_table = std::filesystem::exists(bench.path);
    // SQLite follows no link to its shared memory file: opening it fails here, as mapping it does
    // on some network file systems.
    std::filesystem::create_symlink("nowhere", bench.path + "-shm");

    Database database{bench.path};
    CHECK_FALSE(database.is_wal());
    if (had_table) {
        CHECK(number_of(database, "SELECT x FROM old") == 42);
    }
    database.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    // Not left in exclusive mode: a second connection gets in.
    Database second{bench.path, {.busy_timeout = no_wait}};
    CHECK(number_of(second, "SELECT x FROM t") == 1);
}
