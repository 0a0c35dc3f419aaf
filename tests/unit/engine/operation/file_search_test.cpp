// Goal: a search finds what a look at every row finds, whatever its pages are, and a page looks at
// no more than it may. Method: a chain of random sets, and the same question put to every row.
#include "engine/operation/question/file_search.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/question/listed_file.hpp"
#include "storage/cache/name_blocks.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/quick_directory.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <random>
#include <vector>

using namespace duplid;
using namespace std::string_literals;
using operation::FileSearch;

namespace {

using Found = std::vector<std::pair<std::string, std::int32_t>>;  ///< key, since

struct World {
    io::TempDirectory directory{support::quick_directory()};
    std::unique_ptr<cache::FileIndex> index = cache::FileIndex::open(directory.path());
    operation::IndexedChain chain{nullptr, index->chain_named("c"), 0};

    void put(const std::string& path, tar::Type type, std::uint64_t bytes)
    {
        cache::FileRow row;
        row.key = naming::key_of_path(path);
        row.type = operation::row_type_of(type);
        row.size = bytes;
        index->put(row);
    }

    void fill(std::mt19937& random, int sets, unsigned files)
    {
        for (int set = 0; set < sets; ++set) {
            index->begin_set(chain.id);
            put("", tar::Type::directory, 0);
            for (unsigned i = 0; i < files; ++i) {
                const auto number = random() % (2 * files);
                const auto path =
                    fmt::format("d{}/e{}/Report {}.txt", number % 7, number % 3, number);
                if (set > 0 && random() % 4 == 0) {
                    index->remove(naming::key_of_path(path));
                } else {
                    put(path, number % 11 == 0 ? tar::Type::directory : tar::Type::regular,
                        random() % 1000);
                }
            }
            index->commit_set({fmt::format("{}", set), ""});
            ++chain.sets;
        }
    }

    /// Every row, one by one.
    Found looked_through(const operation::PathPattern& pattern,
                         std::optional<std::int32_t> position, std::uint64_t bytes_min)
    {
        auto cursor = position ? index->state(chain.id, *position) : index->versions(chain.id);
        Found found;
        cache::FileRow row;
        while (cursor.next(row)) {
            const bool is_directory = operation::letter_of_row(row) == 'd';
            if (*row.size >= bytes_min &&
                pattern.matches(naming::path_of_key(row.key), is_directory)) {
                found.emplace_back(row.key, row.since);
            }
        }
        return found;
    }

    Found searched(operation::Wanted wanted, std::optional<std::int32_t> position,
                   std::uint64_t overshoot)
    {
        Found found;
        for (;;) {
            FileSearch search{*index, chain, position, wanted};
            for (search.advance({}); search.at() == FileSearch::At::match; search.advance({})) {
                found.emplace_back(search.row().key, search.row().since);
            }
            if (wanted.steps_max != 0) {
                CHECK(search.steps() <= wanted.steps_max + overshoot);
            }
            if (search.at() == FileSearch::At::end) {
                return found;
            }
            wanted.after = search.key();
        }
    }
};

}  // namespace

TEST_CASE("a search in pages of any size finds what is found row by row")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    World world;
    world.fill(random, 5, 60);
    struct Row {
        std::string pattern;
        bool is_regexp = false;
    };
    for (const auto& row :
         {Row{"*"}, Row{"*.txt"}, Row{"Report 1*7.txt"}, Row{"d3/**"}, Row{"/d1/e*/Report ?.txt"},
          Row{"**/"}, Row{"ignorecase:report*1.TXT"}, Row{"[QR]eport 2*"}, Row{"."}, Row{"d*"},
          Row{"no such name"}, Row{"e[12]/.* 1", true}, Row{"^d4", true}}) {
        CAPTURE(row.pattern);
        const operation::PathPattern pattern{row.pattern, row.is_regexp};
        for (const auto position : {std::optional<std::int32_t>{4}, std::optional<std::int32_t>{1},
                                    std::optional<std::int32_t>{}}) {
            for (const std::uint64_t bytes_min : {0U, 500U}) {
                const auto expected = world.looked_through(pattern, position, bytes_min);
                for (const std::uint64_t steps_max : {0U, 1U, 7U, 100U}) {
                    CAPTURE(steps_max);
                    operation::Wanted wanted;
                    wanted.pattern = &pattern;
                    wanted.takes = [&](const auto& one) { return *one.size >= bytes_min; };
                    wanted.steps_max = steps_max;
                    CHECK(world.searched(wanted, position, 5'000) == expected);
                    if (row.pattern == "*") {  // without any pattern it is the same
                        wanted.pattern = nullptr;
                        CHECK(world.searched(wanted, position, 200) == expected);
                    }
                }
            }
        }
    }
}

TEST_CASE("a page of a search looks at a bounded number of rows and names")
{
    World world;
    constexpr int files = 40'000;
    world.index->begin_set(world.chain.id);
    for (int i = 0; i < files; ++i) {
        world.put(fmt::format("{:03}/file {:06}", i / 100, i), tar::Type::regular, 1);
    }
    world.index->commit_set({"0", ""});
    world.chain.sets = 1;
    operation::Wanted wanted;
    wanted.takes = [](const auto&) { return true; };
    // A name that is nowhere is not there in any block: no name is tested and no row read.
    const operation::PathPattern nowhere{"*nowhere*", false};
    wanted.pattern = &nowhere;
    FileSearch blocks{*world.index, world.chain, 0, wanted};
    blocks.advance({});
    CHECK(blocks.at() == FileSearch::At::end);
    CHECK(blocks.steps() < 100);
    // One that is in a single block costs the names of that block.
    const operation::PathPattern once{"*039999", false};
    wanted.pattern = &once;
    FileSearch single{*world.index, world.chain, 0, wanted};
    single.advance({});
    CHECK(single.row().key == "399\0file 039999"s);
    CHECK(single.steps() < cache::NameBlocks::block_bytes / 10);
    // Rows that nothing but themselves can tell are looked at up to the limit.
    wanted.pattern = nullptr;
    wanted.takes = [](const auto& row) { return row.size != 1; };
    wanted.steps_max = 1000;
    FileSearch rows{*world.index, world.chain, 0, wanted};
    rows.advance({});
    CHECK(rows.at() == FileSearch::At::pause);
    CHECK(rows.steps() <= 1001);
}
