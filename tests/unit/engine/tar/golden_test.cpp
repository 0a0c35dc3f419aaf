// What duplicity 0.8.22 wrote is read entry by entry; written again, each header must be the bytes
// that were read. That checks reader and writer against duplicity in one go.
#include "engine/tar/header.hpp"
#include "engine/tar/reader.hpp"
#include "tests/unit/engine/tar/archive_files.hpp"

#include <set>

using namespace duplid;

namespace {

struct Entry {
    tar::Header header;
    std::uint64_t header_offset;
    std::uint64_t data_offset;
};

std::vector<Entry> entries_of(io::ByteView archive)
{
    io::ViewSource source{archive};
    tar::Reader reader{source};
    std::vector<Entry> entries;
    tar::Header header;
    while (reader.next(header)) {
        entries.push_back({header, reader.header_offset(), reader.data_offset()});
    }
    return entries;
}

bool is_zero(io::ByteView bytes)
{
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

TEST_CASE("every header duplicity wrote is written again byte for byte")
{
    const auto archives = test::golden_archives();
    REQUIRE(archives.size() > 40);
    std::size_t headers = 0;
    std::size_t with_pax = 0;
    for (const auto& path : archives) {
        CAPTURE(path);
        const auto archive = test::gunzip(path);
        std::uint64_t behind_previous = 0;
        for (const auto& entry : entries_of(archive)) {
            CAPTURE(entry.header.name);
            REQUIRE(entry.header_offset == behind_previous);
            const auto bytes = entry.data_offset - entry.header_offset;
            const auto theirs = io::ByteView{archive}.subspan(entry.header_offset, bytes);

            io::Bytes ours{std::byte{'!'}};
            tar::append_header(entry.header, ours);
            CHECK(std::ranges::equal(io::ByteView{ours}.subspan(1), theirs));
            CHECK(tar::encoded_bytes(entry.header) == bytes);

            io::Bytes buffer(bytes + 7, std::byte{'!'});
            CHECK(tar::write_header(entry.header, buffer) == bytes);
            CHECK(std::ranges::equal(io::ByteView{buffer}.first(bytes), theirs));
            CHECK(buffer[bytes] == std::byte{'!'});

            behind_previous =
                entry.data_offset + entry.header.size + tar::padding_of(entry.header.size);
            ++headers;
            with_pax += bytes > tar::block_bytes ? 1 : 0;
        }
        // The whole archive was read: what is left is end blocks, or nothing.
        CHECK(is_zero(io::ByteView{archive}.subspan(behind_previous)));
    }
    CHECK(headers > 300);
    CHECK(with_pax > 20);
}

TEST_CASE("the odd names, owners and times of the plain vector come out of its first volumes")
{
    std::set<std::string> names;
    std::vector<tar::Header> headers;
    for (const auto* volume : {"vol1", "vol2"}) {
        const auto archive = test::gunzip(test::golden_path +
                                          "/plain/target/duplicity-full."
                                          "20240101T000000Z." +
                                          volume + ".difftar.gz");
        for (auto& entry : entries_of(archive)) {
            names.insert(entry.header.name);
            headers.push_back(std::move(entry.header));
        }
    }
    CHECK(names.contains("snapshot/./"));
    CHECK(names.contains("snapshot/nonutf8-\xff\xfe\xe9"));
    CHECK(std::ranges::any_of(headers,
                              [](const auto& h) { return h.uid == 3000000 && h.gid == 4000000; }));
    CHECK(std::ranges::any_of(headers, [](const auto& h) { return h.mtime == 8589934597; }));
    CHECK(std::ranges::any_of(headers,
                              [](const auto& h) { return h.link == "nonutf8-\xff\xfe\xe9"; }));
    CHECK(std::ranges::any_of(headers, [](const auto& h) { return h.link.size() == 150; }));
    CHECK(std::ranges::any_of(headers, [](const auto& h) { return h.name.size() > 400; }));
}
