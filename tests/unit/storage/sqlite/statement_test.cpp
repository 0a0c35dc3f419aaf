#include "storage/sqlite/statement.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <doctest/doctest.h>
#include <limits>
#include <string>

using namespace duplid;
using namespace std::string_view_literals;
using sqlite::Database;
using sqlite::Statement;

namespace {

struct Bench {
    io::TempDirectory directory;
    Database database{directory.path() + "/test.db"};
};

}  // namespace

TEST_CASE("numbers come back bit by bit")
{
    Bench bench;
    Statement select{bench.database, "SELECT ?1, typeof(?1)"};
    for (const auto number :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()}) {
        select.with(number);
        REQUIRE(select.step());
        CHECK(select.number(0) == number);
        CHECK(select.text(1) == "integer");
        select.reset();
    }
    select.with(std::numeric_limits<std::uint64_t>::max());
    REQUIRE(select.step());
    CHECK(static_cast<std::uint64_t>(select.number(0)) ==
          std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("text and blobs come back with every byte, and empty is not null")
{
    Bench bench;
    Statement select{bench.database, "SELECT ?1, ?2, ?3, length(CAST(?1 AS BLOB)), typeof(?2)"};
    for (const auto value : {"plain"sv, ""sv, std::string_view{}, "a\0b"sv, "\xff\xfe\x80"sv}) {
        CAPTURE(value);
        select.bind(1, value);
        select.bind(2, io::view_of(value));
        select.bind_null(3);
        REQUIRE(select.step());
        CHECK(select.text(0) == value);
        CHECK(io::text_of(select.blob(1)) == value);
        CHECK_FALSE(select.is_null(0));
        CHECK_FALSE(select.is_null(1));
        CHECK(select.is_null(2));
        CHECK(select.text(2).empty());
        CHECK(select.blob(2).empty());
        CHECK(select.number(3) == static_cast<std::int64_t>(value.size()));
        CHECK(select.text(4) == "blob");
        select.reset();
    }
}

TEST_CASE("bind copies, so the value may go before the statement runs")
{
    Bench bench;
    Statement select{bench.database, "SELECT ?1"};
    {
        std::string text = "a text that is too long for the string itself";
        select.bind(1, text);
        text.assign(text.size(), '-');
    }
    REQUIRE(select.step());
    CHECK(select.text(0) == "a text that is too long for the string itself");
}

TEST_CASE("one statement runs many times, also after it failed")
{
    Bench bench;
    bench.database.execute("CREATE TABLE t (x INTEGER PRIMARY KEY, y TEXT NOT NULL)");
    Statement insert{bench.database, "INSERT INTO t VALUES (?1, ?2)"};
    insert.with(1, "one").run();
    CHECK_THROWS_AS(insert.with(1, "again").run(), Error);
    insert.with(2, std::string{"two"}).run();

    Statement select{bench.database, "SELECT y FROM t ORDER BY x"};
    std::string all;
    while (select.step()) {
        all += select.text(0);
    }
    CHECK(all == "onetwo");
    // After its end it begins anew.
    CHECK(select.step());
    CHECK(select.text(0) == "one");
}

TEST_CASE("a statement that makes no sense is our own mistake, and is told in words")
{
    Bench bench;
    try {
        const Statement statement{bench.database, "SELEKT 1"};
        FAIL_CHECK("accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::internal);
        CHECK(std::string{error.what()}.find("syntax error") != std::string::npos);
    }
    Statement select{bench.database, "SELECT ?1"};
    CHECK_THROWS_AS(select.bind(2, 1), Error);
}
