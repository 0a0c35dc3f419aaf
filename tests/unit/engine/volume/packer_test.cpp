// Goal: the packer's stream is the tar that archive-format.md 4.3 describes, cut into chunks of
// whole entries. Method: read every chunk by itself with tar::Reader and compare.
#include "engine/volume/packer.hpp"

#include "engine/tar/reader.hpp"
#include "storage/io/source.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace duplid;

namespace {

struct Entry {
    std::string name;
    std::size_t bytes;
    bool operator==(const Entry&) const = default;
};

struct Packed {
    std::vector<Entry> entries;
    std::vector<std::pair<volume::Position, volume::Position>> ranges;
    io::Bytes data;
};

/// Packs with `work` and reads what came out, chunk by chunk.
template <class Work>
Packed pack(std::size_t chunk_bytes, Work work)
{
    volume::ChunkStore store{4};
    Packed packed;
    volume::Packer packer{
        chunk_bytes, store, [&](std::unique_ptr<volume::Chunk> chunk) {
            REQUIRE(chunk->bytes % 512 == 0);
            io::ViewSource source{chunk->raw()};
            tar::Reader reader{source};
            tar::Header header;
            while (reader.next(header)) {
                packed.entries.push_back({header.name, static_cast<std::size_t>(header.size)});
                io::Bytes data(static_cast<std::size_t>(header.size) + 1);
                std::size_t got = 0;
                while (const auto more = reader.read(io::ByteSpan{data}.subspan(got))) {
                    got += more;
                }
                io::append(packed.data, io::ByteView{data}.first(got));
            }
            packed.ranges.emplace_back(chunk->first, chunk->last);
            store.give_back(std::move(chunk));
        }};
    work(packer);
    packer.flush();
    return packed;
}

io::Bytes content_of(std::size_t bytes)
{
    io::Bytes content(bytes);
    std::uint32_t state = 1;
    for (auto& byte : content) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<std::byte>(state >> 24U);
    }
    return content;
}

Packed pack_file(const io::Bytes& content, std::size_t stated_bytes)
{
    return pack(1U << 20U, [&](volume::Packer& packer) {
        tar::Header header;
        header.size = stated_bytes;
        io::ViewSource source{content};
        packer.add_file(
            "f", header,
            [&](io::ByteSpan into) {
                return source.read(into.first(std::min<std::size_t>(into.size(), 7000)));
            },
            [](io::ByteView) {});
    });
}

}  // namespace

TEST_CASE("a file is split into blocks as duplicity splits it")
{
    struct Row {
        std::size_t bytes;
        std::vector<Entry> entries;
    };
    const Row rows[] = {
        {0, {{"snapshot/f", 0}}},
        {1, {{"snapshot/f", 1}}},
        {65535, {{"snapshot/f", 65535}}},
        {65536, {{"multivol_snapshot/f/1", 65536}, {"multivol_snapshot/f/2", 0}}},
        {65537, {{"multivol_snapshot/f/1", 65536}, {"multivol_snapshot/f/2", 1}}},
        {131072,
         {{"multivol_snapshot/f/1", 65536},
          {"multivol_snapshot/f/2", 65536},
          {"multivol_snapshot/f/3", 0}}},
        {150000,
         {{"multivol_snapshot/f/1", 65536},
          {"multivol_snapshot/f/2", 65536},
          {"multivol_snapshot/f/3", 18928}}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.bytes);
        const auto content = content_of(row.bytes);
        const auto packed = pack_file(content, row.bytes);
        CHECK(packed.entries == row.entries);
        CHECK(packed.data == content);
    }
}

TEST_CASE("a file that is shorter than its stat said is stored at its true length")
{
    for (const std::size_t bytes : {0U, 10U, 65535U, 65536U, 70000U}) {
        CAPTURE(bytes);
        const auto content = content_of(bytes);
        const auto packed = pack_file(content, 200000);
        CHECK(packed.data == content);
        CHECK(packed.entries.front().name ==
              (bytes < 65536 ? "snapshot/f" : "multivol_snapshot/f/1"));
    }
}

TEST_CASE("a file that grew is stored at the length of its stat")
{
    const auto content = content_of(100000);
    const auto packed = pack_file(content, 1000);
    CHECK(packed.entries == std::vector<Entry>{{"snapshot/f", 1000}});
    CHECK(std::equal(packed.data.begin(), packed.data.end(), content.begin()));
}

TEST_CASE("the record of the last block tells of all data, and other records stand on the first")
{
    using Records = std::vector<std::string>;
    const auto packed_records = [](std::size_t stated, std::size_t actual, bool as_delta) {
        std::vector<Records> all;
        volume::ChunkStore store{4};
        volume::Packer packer{1U << 20U, store, [&](std::unique_ptr<volume::Chunk> chunk) {
                                  io::ViewSource source{chunk->raw()};
                                  tar::Reader reader{source};
                                  tar::Header header;
                                  while (reader.next(header)) {
                                      all.emplace_back();
                                      for (const auto& one : header.extra) {
                                          all.back().push_back(one.keyword + "=" + one.value);
                                      }
                                  }
                                  store.give_back(std::move(chunk));
                              }};
        const auto content = content_of(actual);
        std::size_t shown = 0;
        const volume::LastRecord last{"DUPLID.x", 8,
                                      [&] { return std::to_string(10'000'000 + shown); }};
        tar::Header header;
        header.size = stated;
        header.extra = {{"DUPLID.first", "1"}};
        if (as_delta) {
            volume::DiffEntry entry{packer, "f", header, last};
            shown = actual;
            entry.write(content);
            entry.finish();
        } else {
            io::ViewSource source{content};
            packer.add_file(
                "f", header, [&](io::ByteSpan into) { return source.read(into); },
                [&](io::ByteView data) { shown += data.size(); }, last);
        }
        packer.flush();
        return all;
    };
    const auto last = [](std::size_t bytes) {
        return "DUPLID.x=" + std::to_string(10'000'000 + bytes);
    };
    for (const bool as_delta : {false, true}) {
        CAPTURE(as_delta);
        CHECK(packed_records(10, 10, as_delta) ==
              std::vector<Records>{{"DUPLID.first=1", last(10)}});
        CHECK(packed_records(65536, 65536, as_delta) ==
              std::vector<Records>{{"DUPLID.first=1"}, {last(65536)}});
        CHECK(packed_records(150'000, 150'000, as_delta) ==
              std::vector<Records>{{"DUPLID.first=1"}, {}, {last(150'000)}});
    }
    // It shrank while it was read.
    CHECK(packed_records(200'000, 10, false) == std::vector<Records>{{"DUPLID.first=1", last(10)}});
    CHECK(packed_records(200'000, 70'000, false) ==
          std::vector<Records>{{"DUPLID.first=1"}, {last(70'000)}});
    CHECK(packed_records(100, 10, false) == std::vector<Records>{{"DUPLID.first=1", last(10)}});
}

TEST_CASE("a delta is split by the same rule, however it is written")
{
    struct Row {
        std::size_t bytes;
        std::vector<Entry> entries;
    };
    const Row rows[] = {
        {5, {{"diff/f", 5}}},
        {65535, {{"diff/f", 65535}}},
        {65536, {{"multivol_diff/f/1", 65536}, {"multivol_diff/f/2", 0}}},
        {70000, {{"multivol_diff/f/1", 65536}, {"multivol_diff/f/2", 4464}}},
    };
    for (const auto& row : rows) {
        for (const std::size_t piece : {1000U, 65536U, 1000000U}) {
            CAPTURE(row.bytes);
            CAPTURE(piece);
            const auto content = content_of(row.bytes);
            const auto packed = pack(1U << 20U, [&](volume::Packer& packer) {
                tar::Header header;
                const std::string key = "f";
                volume::DiffEntry entry{packer, key, header};
                for (io::ByteView left = content; !left.empty();) {
                    const auto part = std::min(piece, left.size());
                    entry.write(left.first(part));
                    left = left.subspan(part);
                }
                entry.finish();
            });
            CHECK(packed.entries == row.entries);
            CHECK(packed.data == content);
        }
    }
}

TEST_CASE("chunks hold whole entries, and say where they begin and end")
{
    const auto content = content_of(150000);
    const auto packed = pack(80000, [&](volume::Packer& packer) {
        tar::Header directory;
        directory.type = tar::Type::directory;
        packer.add(volume::MemberKind::snapshot, "", directory);
        tar::Header file;
        file.size = content.size();
        io::ViewSource source{content};
        packer.add_file(
            "big", file, [&](io::ByteSpan into) { return source.read(into); }, [](io::ByteView) {});
        tar::Header gone;
        packer.add(volume::MemberKind::deleted, "gone", gone);
    });
    REQUIRE(packed.ranges.size() == 3);
    CHECK(packed.ranges[0].first.key.empty());
    CHECK(packed.ranges[0].second.key == "big");
    CHECK(packed.ranges[0].second.block == 1);
    CHECK(packed.ranges[1].first.block == 2);
    // The last block of a file is never numbered (archive-format.md 3.4).
    CHECK(packed.ranges[2].first.key == "big");
    CHECK_FALSE(packed.ranges[2].first.block.has_value());
    CHECK(packed.ranges[2].second.key == "gone");
    CHECK(packed.data == content);
}

TEST_CASE("a file that is gone on with has the blocks that the whole file has")
{
    const auto key = std::string{"f"};
    for (const std::size_t bytes : {65536U, 131072U, 150000U}) {
        const auto content = content_of(bytes);
        const auto whole = pack_file(content, bytes);
        for (std::size_t before = 1; before < whole.entries.size(); ++before) {
            CAPTURE(bytes);
            CAPTURE(before);
            const auto rest = pack(1U << 20U, [&](volume::Packer& packer) {
                tar::Header header;
                header.size = bytes;
                io::ViewSource source{io::ByteView{content}.subspan(before * 65536)};
                const auto stored = packer.add_file(
                    key, header, [&](io::ByteSpan into) { return source.read(into); },
                    [](io::ByteView) {}, {}, before);
                CHECK(stored == bytes);
            });
            CHECK(rest.entries ==
                  std::vector<Entry>{whole.entries.begin() + static_cast<std::ptrdiff_t>(before),
                                     whole.entries.end()});
        }
    }
}

TEST_CASE("a delta is gone on with behind the blocks that are stored, and only if it is that delta")
{
    const auto key = std::string{"f"};
    const auto content = content_of(150000);
    tar::Header header;
    std::string digest;
    const auto whole = pack(1U << 20U, [&](volume::Packer& packer) {
        volume::DiffEntry entry{packer, key, header};
        entry.write(io::ByteView{content}.first(131072));
        digest = entry.digest();
        entry.write(io::ByteView{content}.subspan(131072));
        entry.finish();
    });
    const auto go_on = [&](const io::Bytes& delta, int& refused) {
        return pack(1U << 20U, [&](volume::Packer& packer) {
            volume::DiffEntry entry{packer, key, header, {}, {2, digest, [&] {
                                                                  ++refused;
                                                                  throw std::runtime_error{
                                                                      "refused"};
                                                              }}};
            try {
                entry.write(delta);
                entry.finish();
            } catch (const std::runtime_error&) {
                return;
            }
        });
    };
    int refused = 0;
    CHECK(go_on(content, refused).entries == std::vector<Entry>{whole.entries.back()});
    CHECK(refused == 0);
    auto other = content;
    other[70000] ^= std::byte{1};
    CHECK(go_on(other, refused).entries.empty());
    CHECK(refused == 1);
    other.resize(100000);
    CHECK(go_on(other, refused).entries.empty());
    CHECK(refused == 2);
}

TEST_CASE("a chunk carries the mark of its end, asked before anything behind it is packed")
{
    std::vector<std::string> marks;
    volume::ChunkStore store{4};
    volume::Packer packer{1024, store, [&](std::unique_ptr<volume::Chunk> chunk) {
                              marks.push_back(chunk->mark);
                              store.give_back(std::move(chunk));
                          }};
    std::string known = "nothing";
    packer.mark_with([&](const volume::Position& last) { return last.key + ":" + known; });
    tar::Header header;
    for (const auto* key : {"a", "b", "c", "d", "e"}) {
        packer.add(volume::MemberKind::deleted, key, header);
        known = key;
    }
    packer.flush();
    CHECK(marks == std::vector<std::string>{"b:b", "d:d", "e:e"});
}
