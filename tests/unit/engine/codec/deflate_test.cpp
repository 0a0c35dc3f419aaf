// Chunks are deflated by both engines and read back by zlib, gzip and Python.
#include "engine/codec/deflate.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/gzip.hpp"
#include "engine/codec/inflate.hpp"
#include "storage/io/file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <doctest/doctest.h>
#include <random>
#include <zlib.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

constexpr std::array levels{Level::fast, Level::better, Level::max};

// Inflates by zlib alone; `status` is what its last call returned.
io::Bytes inflate_by_zlib(io::ByteView deflated, std::size_t room, int& status)
{
    io::Bytes raw(room);
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, -15) == Z_OK);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(deflated.data()));
    stream.avail_in = static_cast<uInt>(deflated.size());
    stream.next_out = reinterpret_cast<Bytef*>(raw.data());
    stream.avail_out = static_cast<uInt>(raw.size());
    status = inflate(&stream, Z_SYNC_FLUSH);
    CHECK(stream.avail_in == 0);
    raw.resize(stream.total_out);
    inflateEnd(&stream);
    return raw;
}

// A gzip member made of chunks of these sizes, as a volume is.
struct Member {
    io::Bytes file;
    io::Bytes content;
    std::vector<DeflatedChunk> chunks;
};

Member member_of(const std::vector<std::size_t>& sizes, Level level, Engine engine)
{
    Member member;
    io::append(member.file, gzip_header(1704067200));
    ChunkDeflater deflater{engine};
    std::uint32_t crc32 = 0;
    for (const auto size : sizes) {
        const auto raw = sample(size, static_cast<unsigned>(size));
        DeflatedChunk chunk;
        deflater.deflate(std::array{io::ByteView{raw}}, level, chunk);
        crc32 = crc32_joined(crc32, chunk.crc32, chunk.raw_bytes);
        io::append(member.file, chunk.bytes);
        io::append(member.content, raw);
        member.chunks.push_back(std::move(chunk));
    }
    io::append(member.file, stream_end);
    io::append(member.file, gzip_trailer(crc32, member.content.size()));
    return member;
}

const std::vector<std::size_t> chunk_sizes{512, 1, 1 << 20, 70'000, 333'312, 2'000'000};

}  // namespace

TEST_CASE("chunks joined are one gzip member for gzip and for Python")
{
    for (const auto engine : engines()) {
        for (const auto level : levels) {
            CAPTURE(static_cast<int>(engine));
            CAPTURE(static_cast<int>(level));
            const auto member = member_of(chunk_sizes, level, engine);

            const auto by_gzip = run({"gzip", "-dc"}, member.file);
            CHECK(by_gzip.status == 0);
            CHECK(by_gzip.output == member.content);

            const auto by_python =
                run({"python3", "-c",
                     "import gzip,sys;"
                     "sys.stdout.buffer.write(gzip.open(sys.stdin.buffer).read())"},
                    member.file);
            CHECK(by_python.status == 0);
            CHECK(by_python.output == member.content);
        }
    }
}

TEST_CASE("each chunk inflates by itself and ends at a byte border with a sync flush")
{
    for (const auto engine : engines()) {
        for (const auto level : levels) {
            for (const auto& chunk : member_of(chunk_sizes, level, engine).chunks) {
                CAPTURE(chunk.raw_bytes);
                const auto expected =
                    sample(chunk.raw_bytes, static_cast<unsigned>(chunk.raw_bytes));
                int status = 0;
                CHECK(inflate_by_zlib(chunk.bytes, chunk.raw_bytes + 1, status) == expected);
                CHECK(status == Z_OK);
                REQUIRE(chunk.bytes.size() >= 5);
                CHECK(io::text_of(io::ByteView{chunk.bytes}.last(4)) ==
                      std::string_view{"\0\0\xFF\xFF", 4});
                CHECK(chunk.crc32 == crc32(0, reinterpret_cast<const Bytef*>(expected.data()),
                                           static_cast<uInt>(expected.size())));
                for (const auto reader : engines()) {
                    CHECK(inflate_chunk(chunk.bytes, chunk.raw_bytes, reader) == expected);
                }
            }
        }
    }
}

TEST_CASE("a chunk may come in pieces of any size, empty ones too")
{
    const auto raw = sample(100'000);
    const io::ByteView all{raw};
    for (const auto engine : engines()) {
        ChunkDeflater deflater{engine};
        DeflatedChunk chunk;
        deflater.deflate(std::array{io::ByteView{}, all.first(1), all.subspan(1, 40'000),
                                    io::ByteView{}, all.subspan(40'001), io::ByteView{}},
                         Level::fast, chunk);
        CHECK(chunk.raw_bytes == raw.size());
        CHECK(chunk.crc32 == crc32_of(raw));
        int status = 0;
        CHECK(inflate_by_zlib(chunk.bytes, raw.size(), status) == raw);
    }
}

TEST_CASE("no bytes deflate to no bytes, and the stream end alone is an empty stream")
{
    DeflatedChunk chunk{.bytes = io::Bytes(3), .raw_bytes = 9, .crc32 = 9};
    ChunkDeflater{}.deflate({}, Level::fast, chunk);
    CHECK(chunk.bytes.empty());
    CHECK(chunk.raw_bytes == 0);
    CHECK(chunk.crc32 == 0);

    int status = 0;
    CHECK(inflate_by_zlib(stream_end, 10, status).empty());
    CHECK(status == Z_STREAM_END);
}

TEST_CASE("a deflater keeps nothing of the chunk before, whatever its level was")
{
    const auto first = sample(300'000, 1);
    const auto second = sample(200'000, 2);
    for (const auto engine : engines()) {
        for (const auto level : levels) {
            DeflatedChunk alone;
            ChunkDeflater{engine}.deflate(std::array{io::ByteView{second}}, level, alone);

            ChunkDeflater deflater{engine};
            DeflatedChunk chunk;
            deflater.deflate(std::array{io::ByteView{first}}, Level::max, chunk);
            deflater.deflate(std::array{io::ByteView{first}}, Level::better, chunk);
            deflater.deflate(std::array{io::ByteView{first}}, Level::fast, chunk);
            deflater.deflate(std::array{io::ByteView{second}}, level, chunk);
            CHECK(chunk.bytes == alone.bytes);
        }
    }
}

TEST_CASE("a chunk's bytes do not depend on its pieces, nor on what was deflated before")
{
    // Several blocks: of words, of noise that is stored as it is, of a hole.
    auto raw = sample(400'000, 3);
    std::minstd_rand random{4};
    for (int i = 0; i < 150'000; ++i) {
        raw.push_back(static_cast<std::byte>(random() >> 8U));
    }
    raw.resize(raw.size() + 50'000);
    io::append(raw, sample(100'001, 5));
    const io::ByteView all{raw};
    for (const auto engine : engines()) {
        for (const auto level : levels) {
            CAPTURE(static_cast<int>(engine));
            CAPTURE(static_cast<int>(level));
            DeflatedChunk expected;
            ChunkDeflater{engine}.deflate(std::array{all}, level, expected);

            ChunkDeflater deflater{engine};
            for (const std::size_t before : {0U, 70'000U, 1'500'000U}) {
                DeflatedChunk chunk;
                const auto other = sample(before, 6);
                deflater.deflate(std::array{io::ByteView{other}}, level, chunk);
                for (const std::size_t border : {1U, 65'536U, 500'000U, 700'000U}) {
                    CAPTURE(before);
                    CAPTURE(border);
                    deflater.deflate(std::array{all.first(border), io::ByteView{},
                                                all.subspan(border, 1), all.subspan(border + 1)},
                                     level, chunk);
                    CHECK(chunk.bytes == expected.bytes);
                    CHECK(chunk.crc32 == expected.crc32);
                }
            }
            int status = 0;
            CHECK(inflate_by_zlib(expected.bytes, raw.size() + 1, status) == raw);
        }
    }
}

TEST_CASE("better levels make smaller chunks")
{
    const auto raw =
        run({"gzip", "-dc"},
            io::read_file(golden("plain/target/duplicity-full.20240101T000000Z.vol1.difftar.gz"),
                          8 << 20))
            .output;
    for (const auto engine : engines()) {
        std::vector<std::size_t> sizes;
        for (const auto level : levels) {
            DeflatedChunk chunk;
            ChunkDeflater{engine}.deflate(std::array{io::ByteView{raw}}, level, chunk);
            sizes.push_back(chunk.bytes.size());
        }
        CHECK(sizes[0] >= sizes[1]);
        CHECK(sizes[1] > sizes[2]);
        CHECK(sizes[0] < raw.size());
    }
}

TEST_CASE("joined check sums equal the check sum of the whole")
{
    const auto raw = sample(100'000);
    const io::ByteView all{raw};
    for (const std::size_t border : {0U, 1U, 4096U, 99'999U, 100'000U}) {
        CHECK(crc32_joined(crc32_of(all.first(border)), crc32_of(all.subspan(border)),
                           raw.size() - border) == crc32_of(raw));
    }
    CHECK(crc32_of(io::view_of("123456789")) == 0xCBF43926);  // the check value of this CRC
    CHECK(crc32_of(io::view_of("56789"), crc32_of(io::view_of("1234"))) == 0xCBF43926);
    CHECK(adler32_of(io::view_of("Wikipedia")) == 0x11E60398);
}

TEST_CASE("the gzip header is duplicity's, byte for byte")
{
    const auto theirs = io::read_file(
        golden("plain/target/duplicity-full.20240101T000000Z.vol1.difftar.gz"), 8 << 20);
    std::uint32_t mtime = 0;
    for (int i = 7; i >= 4; --i) {
        mtime = mtime << 8 | std::to_integer<std::uint32_t>(theirs[static_cast<std::size_t>(i)]);
    }
    const auto ours = gzip_header(mtime);
    CHECK(io::text_of(ours) == io::text_of(io::ByteView{theirs}.first(10)));
}

TEST_CASE("an engine that this build lacks is refused")
{
    if (!has_engine(Engine::isal)) {
        CHECK(kind_of_failure([] { ChunkDeflater deflater{Engine::isal}; }) ==
              Error::Kind::invalid);
    }
    CHECK(has_engine(Engine::zlib));
    CHECK(has_engine(fastest_engine()));
}
