// Goal: the packed names of a chain are its keys, all of them, and a search reads blocks and not
// rows. Method: random keys, in and out of order, beside a set; damaged blocks; counted steps.
#include "storage/cache/file_index.hpp"
#include "storage/cache/name_blocks.hpp"
#include "storage/cache/packed_names.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/quick_directory.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <random>
#include <set>

using namespace duplid;
using namespace std::string_literals;
using cache::NameScan;

namespace {

class Holds final : public cache::NameTest {
public:
    explicit Holds(std::string piece) : piece_{std::move(piece)} {}
    [[nodiscard]] bool may_be_in(std::string_view packed) const override
    {
        return packed.find(piece_) != std::string_view::npos;
    }
    [[nodiscard]] bool takes(const cache::KeyParts& key) const override
    {
        return key.name.find(piece_) != std::string_view::npos;
    }

private:
    std::string piece_;
};

std::vector<std::string> keys_of(NameScan scan, const std::string& piece = "")
{
    std::vector<std::string> keys;
    const Holds test{piece};
    for (;;) {
        switch (scan.next(test)) {
        case NameScan::Step::found:
            keys.push_back(scan.key());
            break;
        case NameScan::Step::block:
            break;
        case NameScan::Step::end:
            return keys;
        }
    }
}

struct Bench {
    io::TempDirectory directory{support::quick_directory()};
    std::unique_ptr<cache::FileIndex> index = cache::FileIndex::open(directory.path());
    std::int64_t chain = index->chain_named("c");
    int sets = 0;

    void apply(const std::vector<std::string>& keys, const std::vector<std::string>& gone = {})
    {
        index->begin_set(chain);
        for (const auto& key : keys) {
            cache::FileRow row;
            row.key = key;
            index->put(row);
        }
        for (const auto& key : gone) {
            index->remove(key);
        }
        index->commit_set({fmt::format("{}", sets++), ""});
    }
};

std::string unpacked_or_refused(std::string_view packed)
{
    cache::NameReader reader{packed};
    std::string keys;
    try {
        std::string key;
        while (reader.next()) {
            cache::join(reader.parts(), key);
            keys += key + '\n';
        }
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        return "refused";
    }
    return keys;
}

}  // namespace

TEST_CASE("keys of any bytes come back out of a block as they were")
{
    const std::vector<std::string> keys{"",
                                        "a",
                                        "a\0"s,
                                        "a\0b"s,
                                        "a\0b\0c"s,
                                        "a\0b\0d"s,
                                        "a\0e"s,
                                        "b\0"s + std::string(300, 'n'),
                                        std::string(20'000, 'f') + "\0x"s,
                                        "z/with\nodd\xff bytes"};
    cache::NamePacker packer;
    std::string expected;
    for (const auto& key : keys) {
        packer.add(key);
        expected += key + '\n';
    }
    const auto packed = packer.take();
    CHECK(unpacked_or_refused(packed) == expected);
    CHECK(packer.bytes() == 0);
    // A block begins anew, whatever was the last folder of the one before.
    packer.add("b\0x"s);
    CHECK(unpacked_or_refused(packer.take()) == "b\0x\n"s);
}

TEST_CASE("a damaged block is refused or gives other keys, and is never read beyond")
{
    cache::NamePacker packer;
    for (int i = 0; i < 50; ++i) {
        packer.add(fmt::format("folder{}", i / 10) + '\0' + fmt::format("name{}", i));
    }
    const auto packed = packer.take();
    int refused = 0;
    for (std::size_t bytes = 0; bytes < packed.size(); ++bytes) {
        const auto cut = packed.substr(0, bytes);
        refused += unpacked_or_refused(cut) == "refused" ? 1 : 0;
    }
    CHECK(refused > static_cast<int>(packed.size()) / 2);
    for (std::size_t at = 0; at < packed.size(); ++at) {
        auto other = packed;
        other[at] = '\xff';
        static_cast<void>(unpacked_or_refused(other));
    }
}

TEST_CASE("all keys that a chain ever had are found, from any key on, in any order of putting")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    Bench bench;
    std::set<std::string> expected;
    for (int set = 0; set < 6; ++set) {
        // The first two sets make many blocks, those after them put few keys between others.
        const int count = set < 2 ? 6'000 : 40;
        std::vector<std::string> keys;
        for (int i = 0; i < count; ++i) {
            auto key = fmt::format("folder {}", random() % 50) + '\0';
            key += fmt::format("name {}", random() % 100'000);
            keys.push_back(key);
        }
        if (set % 2 == 0) {
            std::sort(keys.begin(), keys.end());
        }
        bench.apply(keys, set > 2 ? std::vector{*expected.begin()} : std::vector<std::string>{});
        expected.insert(keys.begin(), keys.end());
        CHECK(keys_of(bench.index->names(bench.chain, "", "")) ==
              std::vector<std::string>(expected.begin(), expected.end()));
    }
    const auto from = "folder 25\0name 5"s;
    CHECK(keys_of(bench.index->names(bench.chain, from, "")) ==
          std::vector<std::string>(expected.lower_bound(from), expected.end()));
    const auto prefix = "folder 3\0"s;
    CHECK(keys_of(bench.index->names(bench.chain, prefix, prefix)) ==
          std::vector<std::string>(expected.lower_bound(prefix),
                                   expected.lower_bound("folder 3\x01")));
    CHECK(keys_of(bench.index->names(bench.chain, "g", "")).empty());
    CHECK(keys_of(bench.index->names(bench.chain + 1, "", "")).empty());
}

TEST_CASE("a set that is given up leaves no names, and a chain that is dropped takes its own along")
{
    Bench bench;
    bench.apply({"a", "b"});
    bench.index->begin_set(bench.chain);
    cache::FileRow row;
    row.key = "c";
    bench.index->put(row);
    bench.index->abandon_set();
    CHECK(keys_of(bench.index->names(bench.chain, "", "")) == std::vector<std::string>{"a", "b"});
    bench.index->drop_chain(bench.chain);
    CHECK(keys_of(bench.index->names(bench.chain, "", "")).empty());
}

TEST_CASE("a search steps over blocks that do not hold the text, and tests no name in them")
{
    Bench bench;
    std::vector<std::string> keys;
    constexpr int count = 50'000;
    for (int i = 0; i < count; ++i) {
        keys.push_back(fmt::format("{:03}", i / 100) + '\0' + fmt::format("some file {:06}", i));
    }
    bench.apply(keys);
    auto scan = bench.index->names(bench.chain, "", "");
    const Holds test{"044444"};
    NameScan::Step step{};
    do {
        step = scan.next(test);
        CHECK((step != NameScan::Step::found || scan.key() == keys[44'444]));
    } while (step != NameScan::Step::end);
    // Names of one block, and a step for each of the others.
    constexpr std::size_t name_bytes = 17;
    const auto blocks = count * name_bytes / cache::NameBlocks::block_bytes + 2;
    CHECK(scan.steps() <= cache::NameBlocks::block_bytes / name_bytes + 2 * blocks);
}
