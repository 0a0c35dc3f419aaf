// Goal: from a chunk index, any key is found without reading the volume from its beginning, and
// damage is noticed.
#include "engine/volume/chunk_source.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <memory>
#include <set>
#include <string>

using namespace duplid;

namespace {

/// An uncompressed volume of `files` files named 000, 001 …, of so many blocks, in chunks of three
/// entries.
struct Volume {
    std::shared_ptr<io::Bytes> bytes = std::make_shared<io::Bytes>();
    volume::ChunkedVolume chunked;

    explicit Volume(int files, std::size_t blocks = 0)
    {
        for (int i = 0; i < files; i += 3) {
            const auto begin = bytes->size();
            for (int k = i; k < std::min(i + 3, files); ++k) {
                tar::Header header;
                header.name = fmt::format("snapshot/{:03}", k);
                header.size = blocks * tar::block_bytes;
                tar::append_header(header, *bytes);
                bytes->resize(bytes->size() + blocks * tar::block_bytes);
            }
            const auto chunk = io::ByteView{*bytes}.subspan(begin);
            chunked.chunks.push_back({chunk.size(), chunk.size(), codec::crc32_of(chunk)});
        }
        chunked.name = "volume";
        chunked.deflated = false;
        chunked.read_range = [content = bytes](std::uint64_t offset, std::size_t want) {
            const auto all = io::ByteView{*content};
            const auto at = std::min<std::size_t>(static_cast<std::size_t>(offset), all.size());
            const auto part = all.subspan(at, std::min(want, all.size() - at));
            return io::Bytes(part.begin(), part.end());
        };
    }
};

std::set<std::string> keys_from(const volume::ChunkedVolume& chunked, const std::string& key)
{
    volume::ChunkSource source{chunked, key};
    tar::Reader reader{source};
    tar::Header header;
    std::set<std::string> keys;
    while (reader.next(header)) {
        keys.insert(volume::member_of(header).key);
    }
    return keys;
}

}  // namespace

TEST_CASE("every key is found wherever it lies in its chunk")
{
    for (const int files : {1, 2, 3, 4, 40}) {
        const Volume one{files};
        for (int i = 0; i < files; ++i) {
            CAPTURE(files);
            CAPTURE(i);
            CHECK(
                keys_from(one.chunked, fmt::format("{:03}", i)).contains(fmt::format("{:03}", i)));
        }
    }
}

TEST_CASE("a few pieces are read, not the whole volume")
{
    const Volume one{900};
    volume::ChunkSource source{one.chunked, "450"};
    io::Bytes some(512);
    CHECK(source.read(some) == 512);
    CHECK(source.stored_bytes_read() < one.bytes->size() / 20);
}

TEST_CASE("of large pieces only the fronts are read to find one")
{
    const Volume one{300, 100};
    const auto piece = one.chunked.chunks.front().stored_bytes;
    volume::ChunkSource source{one.chunked, "151"};
    CHECK(source.stored_bytes_read() < piece + piece / 2);
    tar::Reader reader{source};
    tar::Header header;
    REQUIRE(reader.next(header));
    CHECK(volume::member_of(header).key == "150");
}

TEST_CASE("a piece whose front lies leads nowhere: whole ones are asked then")
{
    Volume one{30, 100};
    const auto piece = one.chunked.chunks.front().stored_bytes;
    one.chunked.read_range = [piece, honest = one.chunked.read_range](std::uint64_t offset,
                                                                      std::size_t want) {
        return honest(want < piece ? 0 : offset, want);
    };
    CHECK(keys_from(one.chunked, "010").contains("010"));
}

TEST_CASE("a flipped byte, a cut volume and a wrong index are noticed")
{
    Volume flipped{30};
    (*flipped.bytes)[20] ^= std::byte{1};
    CHECK_THROWS_AS(keys_from(flipped.chunked, ""), Error);

    Volume cut{30};
    cut.bytes->resize(cut.bytes->size() - 512);
    CHECK_THROWS_AS(keys_from(cut.chunked, "029"), Error);

    Volume wrong{30};
    wrong.chunked.chunks[2].stored_bytes = std::uint64_t{1} << 60U;
    CHECK_THROWS_AS(keys_from(wrong.chunked, "029"), Error);
}
