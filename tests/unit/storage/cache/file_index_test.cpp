// Goal: the index answers for every set of every chain what was put into it, at a cost that depends
// on what is answered and not on how many sets there are. Method: random sets beside a copied map.
#include "storage/cache/file_index.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/sqlite/database.hpp"
#include "tests/support/quick_directory.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <random>
#include <unistd.h>

using namespace duplid;
using namespace std::string_literals;
using cache::FileIndex;
using cache::FileRow;

namespace {

using State = std::map<std::string, FileRow>;

FileRow row_of(std::string key, std::uint64_t content = 1)
{
    FileRow row;
    row.key = std::move(key);
    row.content = content;
    return row;
}

struct Bench {
    io::TempDirectory directory{support::quick_directory()};
    std::unique_ptr<FileIndex> index = FileIndex::open(directory.path());

    void reopen()
    {
        index.reset();
        index = FileIndex::open(directory.path());
    }

    void apply(std::int64_t chain, const std::string& set, const std::vector<FileRow>& rows,
               const std::vector<std::string>& gone = {})
    {
        index->begin_set(chain);
        for (const auto& row : rows) {
            index->put(row);
        }
        for (const auto& key : gone) {
            index->remove(key);
        }
        index->commit_set({set, ""});
    }

    State state(std::int64_t chain, std::int32_t position, const std::string& from = {})
    {
        State state;
        auto cursor = index->state(chain, position);
        cursor.seek(from);
        FileRow row;
        std::string last;
        while (cursor.next(row)) {
            CHECK((state.empty() || last < row.key));
            last = row.key;
            row.since = 0;
            row.until.reset();
            state[row.key] = row;
        }
        return state;
    }
};

State from(const State& state, const std::string& key)
{
    return {state.lower_bound(key), state.end()};
}

}  // namespace

TEST_CASE("all members of a row come back")
{
    Bench bench;
    const auto chain = bench.index->chain_named("c");
    FileRow row;
    row.key = "dir\0na\nme\xff"s;
    row.type = 3;
    row.mode = 07777;
    row.uid = UINT64_MAX;
    row.gid = 1ULL << 63U;
    row.mtime = -5;
    row.mtime_ns = 999'999'999;
    row.size = 0;
    row.link = "to\0where"s;
    row.rdev_major = 8;
    row.rdev_minor = 1;
    row.block_bytes = 512;
    row.content = UINT64_MAX;
    row.sha256 = std::string(32, '\0');
    const auto plain = row_of("e");
    bench.apply(chain, "full", {row, plain});
    bench.reopen();
    auto cursor = bench.index->state(chain, 0);
    FileRow found;
    REQUIRE(cursor.next(found));
    CHECK(found == row);
    REQUIRE(cursor.next(found));
    CHECK(found == plain);
    CHECK_FALSE(cursor.next(found));
    CHECK_FALSE(cursor.next(found));
}

TEST_CASE("every set's state is found again, from any key on, in chains side by side")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    Bench bench;
    constexpr int sets = 40;
    std::map<std::int64_t, std::vector<State>> expected;
    for (const auto* name : {"first", "second"}) {
        const auto chain = bench.index->chain_named(name);
        State state;
        for (int set = 0; set < sets; ++set) {
            State changes;
            std::vector<std::string> gone;
            for (unsigned i = 0; i < 30; ++i) {
                const auto key = fmt::format("d{}\x01{}", below(3), below(12));
                const bool removes = set > 0 && below(3) == 0;
                if (removes && !changes.contains(key)) {
                    gone.push_back(key);
                } else if (std::find(gone.begin(), gone.end(), key) == gone.end()) {
                    changes[key] = row_of(key, random());
                }
            }
            std::vector<FileRow> rows;
            for (const auto& [key, row] : changes) {
                rows.push_back(row);
                state[key] = row;
            }
            for (const auto& key : gone) {
                state.erase(key);
            }
            bench.apply(chain, fmt::format("set {}", set), rows, gone);
            expected[chain].push_back(state);
        }
    }
    for (const auto& [chain, states] : expected) {
        for (int set = 0; set < sets; ++set) {
            CAPTURE(set);
            CHECK(bench.state(chain, set) == states[static_cast<std::size_t>(set)]);
            const auto key = fmt::format("d{}\x01{}", below(3), below(12));
            CHECK(bench.state(chain, set, key) == from(states[static_cast<std::size_t>(set)], key));
        }
    }
}

TEST_CASE("the versions of a path are those of the sets that changed it")
{
    Bench bench;
    const auto chain = bench.index->chain_named("c");
    bench.apply(chain, "0", {row_of("a", 1), row_of("b", 1)});
    bench.apply(chain, "1", {row_of("b", 2)});
    bench.apply(chain, "2", {row_of("a", 3)}, {"b"});
    bench.apply(chain, "3", {row_of("b", 4), row_of("b", 5)});  // the last one counts
    const auto rows = bench.index->versions_of(chain, "b");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].since == 0);
    CHECK(rows[0].until == 1);
    CHECK(rows[1].since == 1);
    CHECK(rows[1].until == 2);
    CHECK(rows[2].since == 3);
    CHECK_FALSE(rows[2].until.has_value());
    CHECK(rows[2].content == 5);
    CHECK(bench.index->versions_of(chain, "nothing").empty());
}

TEST_CASE("a page costs as many steps as it has rows, however many sets came before")
{
    Bench bench;
    const auto chain = bench.index->chain_named("c");
    constexpr int files = 300;
    constexpr int sets = 60;
    std::vector<FileRow> rows;
    for (int file = 0; file < files; ++file) {
        rows.push_back(row_of(fmt::format("{:04}", file), 0));
    }
    for (int set = 0; set < sets; ++set) {
        // Every file changes in every set: the worst that a chain can do.
        for (auto& row : rows) {
            row.content = static_cast<std::uint64_t>(set) + 1;
        }
        bench.apply(chain, fmt::format("{}", set), rows);
    }
    constexpr int page = 100;
    const auto cost = [&](int set, const std::string& from) {
        auto cursor = bench.index->state(chain, set);
        cursor.seek(from);
        FileRow row;
        for (int i = 0; i < page; ++i) {
            REQUIRE(cursor.next(row));
            CHECK(row.content == static_cast<std::uint64_t>(set) + 1);
        }
        return cursor.steps();
    };
    CHECK(cost(sets - 1, "0100") <= page + 2);
    for (const int set : {0, 1, 30, sets - 2}) {
        CAPTURE(set);
        CHECK(cost(set, "0100") <= page * (2 * cache::FileCursor::dead_steps_max + 4));
    }
}

TEST_CASE("a set that is abandoned, or whose filler dies, leaves nothing")
{
    Bench bench;
    const auto chain = bench.index->chain_named("c");
    bench.apply(chain, "0", {row_of("a", 1)});
    const auto before = bench.state(chain, 0);
    bench.index->begin_set(chain);
    bench.index->put(row_of("a", 2));
    bench.index->remove("a");
    bench.index->abandon_set();
    CHECK(bench.index->applied(chain) == std::vector<cache::IndexedSet>{{"0", ""}});
    CHECK(bench.state(chain, 0) == before);
    bench.index->begin_set(chain);
    bench.index->put(row_of("b", 2));
    bench.reopen();
    CHECK(bench.state(chain, 0) == before);
    CHECK(bench.index->applied(chain).size() == 1);
}

TEST_CASE("a reader keeps its state while another fills, and sees the new one afterwards")
{
    Bench bench;
    const auto chain = bench.index->chain_named("c");
    bench.apply(chain, "0", {row_of("a", 1), row_of("b", 1)});
    const auto reader = FileIndex::open(bench.directory.path());
    reader->hold_still();
    auto cursor = reader->state(chain, 0);
    FileRow row;
    REQUIRE(cursor.next(row));
    bench.apply(chain, "1", {row_of("c", 1)}, {"b"});
    bench.index->drop_chain(chain);
    REQUIRE(cursor.next(row));
    CHECK(row.key == "b");
    CHECK_FALSE(cursor.next(row));
    CHECK(reader->applied(chain).size() == 1);
    CHECK(FileIndex::open(bench.directory.path())->chains().empty());
}

TEST_CASE("a chain that is dropped takes nothing of the others with it")
{
    Bench bench;
    const auto one = bench.index->chain_named("one");
    const auto two = bench.index->chain_named("two");
    bench.apply(one, "0", {row_of("a", 1)});
    bench.apply(one, "1", {row_of("a", 2)});
    bench.apply(two, "0", {row_of("a", 3)});
    bench.apply(two, "1", {row_of("a", 4)});
    bench.index->drop_chain(one);
    REQUIRE(bench.index->chains().size() == 1);
    CHECK(bench.index->chains().front().name == "two");
    CHECK(bench.state(two, 0).at("a").content == 3);
    CHECK(bench.state(two, 1).at("a").content == 4);
    CHECK(bench.index->versions_of(one, "a").empty());
}

TEST_CASE("a file that is no index, or of another version, gives way to an empty one")
{
    Bench bench;
    const auto path = bench.directory.path() + "/files.db";
    SUBCASE("garbage")
    {
        bench.index.reset();
        io::replace_file(path, io::view_of(std::string(10'000, 'x')));
    }
    SUBCASE("another version")
    {
        bench.apply(bench.index->chain_named("c"), "0", {row_of("a")});
        bench.index.reset();
        sqlite::Database database{path};
        database.set_user_version(99);
    }
    bench.reopen();
    CHECK_FALSE(bench.index->why_recreated().empty());
    CHECK(bench.index->chains().empty());
    CHECK(std::filesystem::exists(path + ".bad"));
    bench.apply(bench.index->chain_named("c"), "0", {row_of("a")});
    bench.reopen();
    CHECK(bench.index->why_recreated().empty());
    CHECK(bench.index->chains().size() == 1);
}

TEST_CASE("filling out of order is refused")
{
    Bench bench;
    const auto chain = bench.index->chain_named("c");
    CHECK_THROWS_AS(bench.index->put(row_of("a")), Error);
    CHECK_THROWS_AS(bench.index->remove("a"), Error);
    bench.index->begin_set(chain);
    CHECK_THROWS_AS(bench.index->begin_set(chain), Error);
}
