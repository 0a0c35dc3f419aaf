#include "engine/manifest/chunk_index.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

namespace manifest = duplid::manifest;
namespace io = duplid::io;
using duplid::Error;
using manifest::ChunkIndex;

TEST_CASE("a chunk index is written in the documented bytes and read back")
{
    // By hand: 0a | 80 01, ff 7f, 78563412 | 05, 00, 00000000, put through coreutils' base64.
    const ChunkIndex index{10, {{128, 16383, 0x12345678}, {5, 0, 0}}};
    CHECK(manifest::print(index) == "CoAB/394VjQSBQAAAAAA");
    CHECK(manifest::parse_chunk_index("CoAB/394VjQSBQAAAAAA") == index);
    const ChunkIndex empty{};
    CHECK(manifest::print(empty) == "AA==");
    CHECK(manifest::parse_chunk_index("AA==") == empty);
}

TEST_CASE("the largest lengths a file can have survive")
{
    const ChunkIndex index{0, {{INT64_MAX, INT64_MAX, UINT32_MAX}}};
    CHECK(manifest::parse_chunk_index(manifest::print(index)) == index);
}

TEST_CASE("a hostile chunk index is refused")
{
    const auto encoded = [](std::initializer_list<unsigned> values) {
        io::Bytes bytes;
        for (const unsigned value : values) {
            bytes.push_back(static_cast<std::byte>(value));
        }
        return io::base64(bytes);
    };
    for (const auto& value : {
             std::string{},
             std::string{"!"},
             encoded({0x80}),  // nothing, no base64, cut varint
             encoded({0, 1}),
             encoded({0, 1, 1}),
             encoded({0, 1, 1, 0, 0, 0}),                                // cut chunks
             encoded({0x80, 0x00}),                                      // needless digit
             encoded({255, 255, 255, 255, 255, 255, 255, 255, 255, 0}),  // beyond 63 bits
             // The header and one chunk of 2^62 bytes fit, a second such chunk does not.
             encoded({0,   128, 128, 128, 128, 128, 128, 128, 128, 64, 1, 0, 0, 0, 0,
                      128, 128, 128, 128, 128, 128, 128, 128, 64,  1,  0, 0, 0, 0}),
         }) {
        CAPTURE(value);
        CHECK_THROWS_AS((void)manifest::parse_chunk_index(value), Error);
    }
}
