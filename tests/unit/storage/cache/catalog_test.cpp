#include "storage/cache/catalog.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/sqlite/database.hpp"
#include "tests/support/quick_directory.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <random>
#include <set>
#include <unistd.h>

using namespace duplid;
using namespace std::string_literals;
using cache::AppliedSet;
using cache::Catalog;
using cache::SigChunk;
using cache::StateRow;

namespace {

struct Bench {
    io::TempDirectory directory{support::quick_directory()};
    std::unique_ptr<Catalog> catalog = Catalog::open(directory.path());

    void reopen()
    {
        catalog.reset();
        catalog = Catalog::open(directory.path());
    }

    std::vector<StateRow> rows(cache::StateCursor cursor)
    {
        std::vector<StateRow> all;
        StateRow row;
        while (cursor.next(row)) {
            all.push_back(row);
        }
        return all;
    }
    std::vector<StateRow> rows() { return rows(catalog->scan()); }

    std::vector<std::string> keys(cache::StateCursor cursor)
    {
        std::vector<std::string> all;
        for (const auto& row : rows(std::move(cursor))) {
            all.push_back(row.key);
        }
        return all;
    }
    std::vector<std::string> keys() { return keys(catalog->scan()); }

    void make_full(const std::vector<std::string>& with_keys, const AppliedSet& set = {"full", "f"})
    {
        catalog->begin_run(true);
        for (const auto& key : with_keys) {
            StateRow row;
            row.key = key;
            catalog->stage_put(row);
        }
        catalog->commit_run(set, {});
    }
};

StateRow row_of(std::string key, std::uint64_t size = 0)
{
    StateRow row;
    row.key = std::move(key);
    row.size = size;
    return row;
}

StateRow greatest_row()
{
    return {.key = "\xff\xff\0\xff"s,
            .type = INT32_MAX,
            .mode = UINT32_MAX,
            .uid = UINT64_MAX,
            .gid = UINT64_MAX - 1,
            .mtime = INT64_MIN,
            .link = "../\0\xff target"s,
            .rdev_major = UINT64_MAX - 2,
            .rdev_minor = UINT64_MAX - 3,
            .known = UINT32_MAX,
            .size = UINT64_MAX - 4,
            .mtime_ns = UINT32_MAX - 1,
            .ctime = INT64_MAX,
            .ctime_ns = UINT32_MAX - 2,
            .inode = UINT64_MAX - 5,
            .device = UINT64_MAX - 6,
            .attributes = "\0\xff"s,
            .linked = true,
            .sig_set = INT32_MAX,
            .sig_offset = UINT64_MAX - 7,
            .sig_bytes = UINT64_MAX - 8,
            .suspect = true};
}

template <typename Action>
Error::Kind kind_of_failure(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.kind();
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

TEST_CASE("a new catalog knows nothing")
{
    Bench bench;
    CHECK(bench.catalog->why_recreated().empty());
    CHECK(bench.catalog->applied().empty());
    CHECK(bench.keys().empty());
    CHECK(bench.catalog->count() == 0);
    CHECK(bench.catalog->find("x") == std::nullopt);
    CHECK(bench.catalog->chunks_of(0).empty());
    CHECK(bench.catalog->meta("x") == std::nullopt);
}

TEST_CASE("every member of a row comes back, at its greatest and at its least")
{
    Bench bench;
    bench.catalog->begin_run(true);
    bench.catalog->stage_put(greatest_row());
    bench.catalog->stage_put(StateRow{});
    bench.catalog->commit_run({"full", "f"}, {});
    bench.reopen();
    CHECK(bench.rows() == std::vector{StateRow{}, greatest_row()});
    CHECK(bench.catalog->find(greatest_row().key) == greatest_row());
    CHECK(bench.catalog->find("") == StateRow{});
}

TEST_CASE("a full run replaces the state, the sets and the chunks")
{
    Bench bench;
    bench.make_full({"a", "b"}, {"first", "1"});
    bench.catalog->begin_run(false);
    CHECK(bench.catalog->run_position() == 1);
    bench.catalog->commit_run({"second", "2"}, std::vector{SigChunk{0, 10, 5, 7}});
    CHECK(bench.catalog->applied() ==
          std::vector{AppliedSet{"first", "1"}, AppliedSet{"second", "2"}});

    bench.catalog->begin_run(true);
    CHECK(bench.catalog->run_position() == 0);
    bench.catalog->stage_put(row_of("c"));
    CHECK(bench.keys() == std::vector{"a"s, "b"s});
    bench.catalog->commit_run({"third", "3"}, std::vector{SigChunk{0, 20, 6, 8}});
    bench.reopen();
    CHECK(bench.keys() == std::vector{"c"s});
    CHECK(bench.catalog->applied() == std::vector{AppliedSet{"third", "3"}});
    CHECK(bench.catalog->chunks_of(0) == std::vector{SigChunk{0, 20, 6, 8}});
    CHECK(bench.catalog->chunks_of(1).empty());
}

TEST_CASE("an incremental run adds, changes and deletes, and the rest stays")
{
    Bench bench;
    bench.make_full({"a", "b", "c", "d"});
    bench.catalog->begin_run(false);
    bench.catalog->stage_delete("a");
    bench.catalog->stage_put(row_of("b", 2));
    bench.catalog->stage_put(row_of("bb", 3));
    bench.catalog->stage_delete("not there");
    bench.catalog->commit_run({"inc", "i"}, {});
    bench.reopen();
    CHECK(bench.rows() == std::vector{row_of("b", 2), row_of("bb", 3), row_of("c"), row_of("d")});
}

TEST_CASE("of several staged rows for one key the last counts")
{
    Bench bench;
    bench.make_full({"a", "b", "c"});
    bench.catalog->begin_run(false);
    bench.catalog->stage_put(row_of("a", 1));
    bench.catalog->stage_put(row_of("a", 2));
    bench.catalog->stage_delete("b");
    bench.catalog->stage_put(row_of("b", 3));
    bench.catalog->stage_put(row_of("c", 4));
    bench.catalog->stage_delete("c");
    bench.catalog->commit_run({"inc", "i"}, {});
    CHECK(bench.rows() == std::vector{row_of("a", 2), row_of("b", 3)});
}

TEST_CASE("fingerprints can be refreshed without a new set")
{
    Bench bench;
    bench.make_full({"a", "b"}, {"full", "f"});
    bench.catalog->begin_run(false);
    bench.catalog->stage_put(row_of("a", 9));
    bench.catalog->commit_refresh();
    CHECK(bench.rows() == std::vector{row_of("a", 9), row_of("b")});
    CHECK(bench.catalog->applied() == std::vector{AppliedSet{"full", "f"}});
}

TEST_CASE("an abandoned run leaves the state, and its rows do not reach the next run")
{
    Bench bench;
    bench.make_full({"a"});
    bench.catalog->begin_run(false);
    bench.catalog->stage_put(row_of("x"));
    bench.catalog->stage_delete("a");
    bench.catalog->abandon_run();
    CHECK(bench.keys() == std::vector{"a"s});
    bench.catalog->begin_run(false);
    bench.catalog->commit_run({"inc", "i"}, {});
    CHECK(bench.keys() == std::vector{"a"s});
}

TEST_CASE("a catalog that goes in the middle of a run is as if the run had not been")
{
    Bench bench;
    bench.make_full({"a"});
    bench.catalog->begin_run(true);
    bench.catalog->stage_put(row_of("x"));
    bench.reopen();
    CHECK(bench.keys() == std::vector{"a"s});
    bench.catalog->begin_run(true);
    bench.catalog->stage_put(row_of("y"));
    bench.catalog->commit_run({"full", "f"}, {});
    CHECK(bench.keys() == std::vector{"y"s});
}

TEST_CASE("calls out of order are refused as our own mistake")
{
    Bench bench;
    auto& catalog = *bench.catalog;
    const auto internal = Error::Kind::internal;
    CHECK(kind_of_failure([&] { catalog.stage_put({}); }) == internal);
    CHECK(kind_of_failure([&] { catalog.stage_delete("x"); }) == internal);
    CHECK(kind_of_failure([&] { catalog.commit_run({}, {}); }) == internal);
    CHECK(kind_of_failure([&] { catalog.commit_refresh(); }) == internal);
    CHECK(kind_of_failure([&] { (void)catalog.run_position(); }) == internal);
    catalog.begin_run(true);
    CHECK(kind_of_failure([&] { catalog.begin_run(true); }) == internal);
    CHECK(kind_of_failure([&] { catalog.stage_delete("x"); }) == internal);
    CHECK(kind_of_failure([&] { catalog.commit_refresh(); }) == internal);
}

TEST_CASE("reset forgets everything, also a run that is open")
{
    Bench bench;
    bench.make_full({"a"});
    bench.catalog->set_meta("note", "text");
    bench.catalog->put_chunks(0, std::vector{SigChunk{0, 1, 2, 3}});
    bench.catalog->begin_run(false);
    bench.catalog->stage_put(row_of("b"));
    bench.catalog->reset();
    CHECK_FALSE(bench.catalog->in_run());
    CHECK(bench.keys().empty());
    CHECK(bench.catalog->applied().empty());
    CHECK(bench.catalog->chunks_of(0).empty());
    CHECK(bench.catalog->meta("note") == std::nullopt);
}

TEST_CASE("notes are kept, and replaced")
{
    Bench bench;
    bench.catalog->set_meta("a", "1");
    bench.catalog->set_meta("b", "2");
    bench.catalog->set_meta("a", "3");
    bench.reopen();
    CHECK(bench.catalog->meta("a") == "3");
    CHECK(bench.catalog->meta("b") == "2");
}

TEST_CASE("a scan begins at a key, a prefix scan ends with its prefix")
{
    Bench bench;
    const auto a = "a"s;
    const auto a_nul = "a\0b"s;
    const auto a_dash = "a-b"s;
    const auto a_ff = "a\xff"s;
    const auto a_ff_ff = "a\xff\xff"s;
    const auto b = "b"s;
    const auto ff = "\xff"s;
    const auto ff_ff = "\xff\xffz"s;
    const std::vector all{""s, a, a_nul, a_dash, a_ff, a_ff_ff, b, ff, ff_ff};
    bench.make_full(all);
    auto& catalog = *bench.catalog;
    using Keys = std::vector<std::string>;

    CHECK(bench.keys() == all);
    CHECK(bench.keys(catalog.scan(a_nul)) == Keys(all.begin() + 2, all.end()));
    CHECK(bench.keys(catalog.scan("a\0a"s)) == Keys(all.begin() + 2, all.end()));
    CHECK(bench.keys(catalog.scan(ff_ff)) == Keys{ff_ff});
    CHECK(bench.keys(catalog.scan("\xff\xff\xff"s)).empty());
    CHECK(bench.keys(catalog.scan_prefix("")) == all);
    CHECK(bench.keys(catalog.scan_prefix("a")) == Keys{a, a_nul, a_dash, a_ff, a_ff_ff});
    CHECK(bench.keys(catalog.scan_prefix("a\0"s)) == Keys{a_nul});
    CHECK(bench.keys(catalog.scan_prefix("a\xff"s)) == Keys{a_ff, a_ff_ff});
    CHECK(bench.keys(catalog.scan_prefix("\xff"s)) == Keys{ff, ff_ff});
    CHECK(bench.keys(catalog.scan_prefix("\xff\xff"s)) == Keys{ff_ff});
    CHECK(bench.keys(catalog.scan_prefix("c")).empty());
}

TEST_CASE("a cursor at its end stays there, and leaves the row alone")
{
    Bench bench;
    bench.make_full({"a"});
    auto cursor = bench.catalog->scan();
    StateRow row;
    CHECK(cursor.next(row));
    CHECK_FALSE(cursor.next(row));
    CHECK_FALSE(cursor.next(row));
    CHECK(row.key == "a");
}

TEST_CASE("the chunk of a byte is found, and gaps and ends are not taken for one")
{
    Bench bench;
    const std::vector<SigChunk> chunks{{0, 100, 10, 50}, {100, 50, 60, 20}, {200, 10, 80, 5}};
    bench.catalog->put_chunks(3, chunks);
    bench.catalog->put_chunks(4, std::vector{SigChunk{0, 1'000, 10, 500}});
    CHECK(bench.catalog->chunks_of(3) == chunks);
    CHECK(bench.catalog->chunk_at(3, 0) == chunks[0]);
    CHECK(bench.catalog->chunk_at(3, 99) == chunks[0]);
    CHECK(bench.catalog->chunk_at(3, 100) == chunks[1]);
    CHECK(bench.catalog->chunk_at(3, 149) == chunks[1]);
    CHECK(bench.catalog->chunk_at(3, 150) == std::nullopt);
    CHECK(bench.catalog->chunk_at(3, 209) == chunks[2]);
    CHECK(bench.catalog->chunk_at(3, 210) == std::nullopt);
    CHECK(bench.catalog->chunk_at(2, 0) == std::nullopt);
    bench.catalog->put_chunks(3, std::vector{chunks[1]});
    CHECK(bench.catalog->chunks_of(3) == std::vector{chunks[1]});
    CHECK(bench.catalog->chunk_at(3, 0) == std::nullopt);
}

// Witness: memcmp over the same keys.
TEST_CASE("a million keys of any bytes, staged in any order, come back sorted by their bytes")
{
    constexpr std::size_t wanted = 1'000'000;
    std::minstd_rand generator{20'240'101};
    constexpr std::array letters{'\0', '\x01', 'a', 'b', '/', '\x7f', '\x80', '\xff'};
    std::set<std::string> unique;
    while (unique.size() < wanted) {
        std::string key(generator() % 24, '\0');
        for (auto& letter : key) {
            letter = letters[generator() % letters.size()];
        }
        unique.insert(std::move(key));
    }
    // Nine in ten in order, as a walk stages them, then the others in any order.
    std::vector<std::string> keys;
    std::vector<std::string> late;
    for (const auto& key : unique) {
        (generator() % 10 == 0 ? late : keys).push_back(key);
    }
    std::shuffle(late.begin(), late.end(), generator);
    keys.insert(keys.end(), late.begin(), late.end());

    Bench bench;
    bench.make_full(keys);
    std::sort(keys.begin(), keys.end(), [](const std::string& one, const std::string& other) {
        const int order = std::memcmp(one.data(), other.data(), std::min(one.size(), other.size()));
        return order != 0 ? order < 0 : one.size() < other.size();
    });

    auto cursor = bench.catalog->scan();
    StateRow row;
    std::size_t at = 0;
    std::size_t wrong = 0;
    while (cursor.next(row)) {
        wrong += at < keys.size() && row.key == keys[at] ? 0 : 1;
        ++at;
    }
    CHECK(at == wanted);
    CHECK(wrong == 0);
    CHECK(bench.catalog->count() == wanted);
}

TEST_CASE("a scan goes on undisturbed while more rows than one batch are staged")
{
    io::TempDirectory directory{support::quick_directory()};
    bool with_wal = true;
    SUBCASE("with a write-ahead log") {}
    SUBCASE("where the file system has no shared memory")
    {
        // SQLite follows no link to its shared memory file, so it cannot have one.
        std::filesystem::create_symlink("nowhere", directory.path() + "/catalog.db-shm");
        with_wal = false;
    }
    CAPTURE(with_wal);
    constexpr std::uint64_t count = 130'000;
    const auto catalog = Catalog::open(directory.path());
    const auto key_of = [](std::uint64_t number) { return fmt::format("{:08}", number); };
    catalog->begin_run(true);
    for (std::uint64_t number = 0; number < count; ++number) {
        catalog->stage_put(row_of(key_of(number), 1));
    }
    catalog->commit_run({"full", "f"}, {});

    // Each row is changed, and one is added behind each: neither may be seen before the commit.
    catalog->begin_run(false);
    std::uint64_t seen = 0;
    std::uint64_t wrong = 0;
    {
        auto cursor = catalog->scan();
        StateRow row;
        while (cursor.next(row)) {
            wrong += row == row_of(key_of(seen), 1) ? 0 : 1;
            ++seen;
            catalog->stage_put(row_of(row.key, 2));
            catalog->stage_put(row_of(row.key + "+", 2));
        }
    }
    CHECK(seen == count);
    CHECK(wrong == 0);
    catalog->commit_run({"inc", "i"}, {});
    CHECK(catalog->count() == 2 * count);
    CHECK(catalog->find(key_of(77'777)) == row_of(key_of(77'777), 2));
    CHECK(catalog->find(key_of(77'777) + "+") == row_of(key_of(77'777) + "+", 2));
}

TEST_CASE("a damaged or foreign catalog is put aside and replaced, and that is told")
{
    io::TempDirectory directory{support::quick_directory()};
    const auto path = directory.path() + "/catalog.db";
    SUBCASE("no database")
    {
        io::replace_file(path, io::Bytes(20'000, std::byte{'x'}));
    }
    SUBCASE("another version")
    {
        (void)Catalog::open(directory.path());
        sqlite::Database{path}.set_user_version(99);
    }
    SUBCASE("somebody else's tables")
    {
        sqlite::Database{path}.execute("CREATE TABLE meta (x)");
    }
    const auto before = std::filesystem::file_size(path);
    const auto catalog = Catalog::open(directory.path());
    CHECK(catalog->why_recreated().find(path) != std::string::npos);
    CHECK(catalog->count() == 0);
    CHECK(std::filesystem::file_size(path + ".bad") == before);
    catalog->begin_run(true);
    catalog->stage_put(row_of("a"));
    catalog->commit_run({"full", "f"}, {});
    CHECK(catalog->count() == 1);
}

TEST_CASE("damage inside is corrupt when it is met, and the catalog can be put aside")
{
    Bench bench;
    std::vector<std::string> keys;
    for (int number = 0; number < 20'000; ++number) {
        keys.push_back(fmt::format("{:060}", number));
    }
    bench.make_full(keys);
    bench.catalog.reset();
    const auto path = bench.directory.path() + "/catalog.db";
    {
        const auto file = io::open_file(path, O_RDWR);
        const io::Bytes zeros(500'000);
        REQUIRE(::pwrite(file.get(), zeros.data(), zeros.size(), 400'000) == 500'000);
    }
    bench.catalog = Catalog::open(bench.directory.path());
    CHECK(bench.catalog->why_recreated().empty());
    CHECK(kind_of_failure([&] { (void)bench.keys(); }) == Error::Kind::corrupt);

    bench.catalog.reset();
    Catalog::set_aside(bench.directory.path());
    bench.catalog = Catalog::open(bench.directory.path());
    CHECK(bench.keys().empty());
    CHECK(std::filesystem::exists(path + ".bad"));
}
