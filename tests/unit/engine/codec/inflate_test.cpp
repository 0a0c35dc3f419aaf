// Gzip files by duplicity, gzip, Python and zlib's own writer are read by both engines, whole and
// damaged.
#include "engine/codec/inflate.hpp"

#include "engine/codec/deflate.hpp"
#include "storage/io/file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <zlib.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

constexpr std::size_t content_bytes_max = std::size_t{64} << 20;

// Gives its bytes in portions, so that every border inside a file is a border of a read.
class PortionedSource final : public io::Source {
public:
    PortionedSource(io::ByteView bytes, std::size_t portion) : left_{bytes}, portion_{portion} {}
    std::size_t read(io::ByteSpan into) override
    {
        const auto bytes = std::min({into.size(), left_.size(), portion_});
        std::copy_n(left_.begin(), bytes, into.begin());
        left_ = left_.subspan(bytes);
        return bytes;
    }

private:
    io::ByteView left_;
    std::size_t portion_;
};

io::Bytes gunzip(io::ByteView file, Engine engine, std::size_t portion = SIZE_MAX)
{
    PortionedSource source{file, portion};
    GunzipSource gunzip{source, engine};
    return io::read_all(gunzip, content_bytes_max);
}

io::Bytes gzip(io::ByteView content)
{
    return run({"gzip", "-n", "-c"}, content).output;
}

io::Bytes joined(std::initializer_list<io::ByteView> parts)
{
    io::Bytes all;
    for (const auto part : parts) {
        io::append(all, part);
    }
    return all;
}

// A member with every optional header field, by zlib.
io::Bytes gzip_with_all_fields(io::ByteView content)
{
    std::string extra(300, 'e');
    std::string name = "name";
    std::string comment = "comment";
    gz_header header{};
    header.extra = reinterpret_cast<Bytef*>(extra.data());
    header.extra_len = static_cast<uInt>(extra.size());
    header.name = reinterpret_cast<Bytef*>(name.data());
    header.comment = reinterpret_cast<Bytef*>(comment.data());
    header.hcrc = 1;
    io::Bytes file(content.size() + 1000);
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    REQUIRE(deflateSetHeader(&stream, &header) == Z_OK);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(file.data());
    stream.avail_out = static_cast<uInt>(file.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    file.resize(stream.total_out);
    deflateEnd(&stream);
    return file;
}

// Whether zlib's own gzip reader takes the whole file for one good member.
bool is_good_for_zlib(io::ByteView file, std::size_t content_bytes)
{
    io::Bytes content(content_bytes + 1);
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(file.data()));
    stream.avail_in = static_cast<uInt>(file.size());
    stream.next_out = reinterpret_cast<Bytef*>(content.data());
    stream.avail_out = static_cast<uInt>(content.size());
    const int status = inflate(&stream, Z_FINISH);
    const bool is_whole = stream.avail_in == 0;
    inflateEnd(&stream);
    return status == Z_STREAM_END && is_whole;
}

}  // namespace

TEST_CASE("every gzip file that duplicity wrote reads as gzip reads it")
{
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{golden("")}) {
        if (entry.path().extension() != ".gz") {
            continue;
        }
        ++files;
        CAPTURE(entry.path().string());
        const auto file = io::read_file(entry.path().string(), content_bytes_max);
        const auto expected = run({"gzip", "-dc"}, file);
        REQUIRE(expected.status == 0);
        for (const auto engine : engines()) {
            CHECK(gunzip(file, engine) == expected.output);
        }
    }
    CHECK(files > 20);
}

TEST_CASE("several members, empty ones, zeros behind and all header fields are accepted")
{
    const auto one = sample(50'000, 1);
    const auto two = sample(3, 2);
    const auto first = gzip(one);
    const auto second = gzip_with_all_fields(two);
    const auto empty = gzip({});
    const io::Bytes zeros(1000);
    const auto both = joined({one, two});

    struct Row {
        const char* name;
        io::Bytes file;
        io::Bytes content;
    };
    const std::vector<Row> rows{
        {"one", first, one},
        {"all fields", second, two},
        {"empty content", empty, {}},
        {"two members", joined({first, second}), both},
        {"empty member between", joined({first, empty, second}), both},
        {"empty member at the end", joined({first, second, empty}), both},
        {"zeros behind", joined({first, second, zeros}), both},
        {"zeros between", joined({first, zeros, second}), both},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        // Python's reader is what duplicity uses.
        const auto by_python =
            run({"python3", "-c",
                 "import gzip,sys;sys.stdout.buffer.write(gzip.open(sys.stdin.buffer).read())"},
                row.file);
        CHECK(by_python.status == 0);
        CHECK(by_python.output == row.content);
        for (const auto engine : engines()) {
            for (const std::size_t portion : {1U, 2U, 3U, 7U, 8U, 9U, 1000U, 1'000'000U}) {
                CAPTURE(portion);
                CHECK(gunzip(row.file, engine, portion) == row.content);
            }
        }
    }
}

TEST_CASE("a gzip file cut short anywhere is corrupt")
{
    const auto file = gzip_with_all_fields(sample(1500));
    for (const auto engine : engines()) {
        for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
            CAPTURE(bytes);
            CHECK(kind_of_failure([&] { (void)gunzip(io::ByteView{file}.first(bytes), engine); }) ==
                  Error::Kind::corrupt);
        }
    }
}

TEST_CASE("a flipped bit in a gzip file is noticed wherever zlib notices it")
{
    const auto content = sample(700);  // every bit of it is flipped, also under the slow sanitizers
    const auto file = gzip(content);
    int unnoticed = 0;
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
        CAPTURE(bit);
        auto damaged = file;
        damaged[bit / 8] ^= std::byte{1} << bit % 8;
        // Some bits have no say in the content: the date, for one.
        const bool is_good = is_good_for_zlib(damaged, content.size());
        unnoticed += is_good ? 1 : 0;
        for (const auto engine : engines()) {
            io::Bytes read;
            const auto failure = kind_of_failure([&] { read = gunzip(damaged, engine); });
            CHECK((is_good ? read == content : failure == Error::Kind::corrupt));
        }
    }
    CHECK(unnoticed < 100);
}

TEST_CASE("something else behind a gzip member is corrupt")
{
    const auto file = gzip(sample(100));
    for (const auto engine : engines()) {
        for (const std::string_view tail : {"x", "\x1f", "\x1f\x8b\x08", "PK\x03\x04"}) {
            CHECK(kind_of_failure([&] {
                      (void)gunzip(joined({file, io::view_of(tail)}), engine);
                  }) == Error::Kind::corrupt);
        }
    }
}

TEST_CASE("a bare deflate stream ends where it ends, and what follows can be read")
{
    const auto content = sample(90'000);
    DeflatedChunk chunk;
    ChunkDeflater{Engine::zlib}.deflate(std::array{io::ByteView{content}}, Level::max, chunk);
    const auto tail = sample(20, 5);
    const auto file = joined({chunk.bytes, stream_end, tail});
    for (const auto engine : engines()) {
        for (const std::size_t portion : {1U, 3U, 8U, 13U, 1'000'000U}) {
            CAPTURE(portion);
            PortionedSource source{file, portion};
            InflateSource inflate{source, engine};
            CHECK(io::read_all(inflate, content_bytes_max) == content);
            CHECK(inflate.consumed_bytes() == file.size() - tail.size());
            io::Bytes behind(tail.size() + 1);
            CHECK(inflate.read_behind(behind) == tail.size());
            behind.pop_back();
            CHECK(behind == tail);
        }
    }
}

TEST_CASE("a bare deflate stream that does not end is corrupt")
{
    const auto content = sample(9000);
    DeflatedChunk chunk;
    ChunkDeflater{}.deflate(std::array{io::ByteView{content}}, Level::fast, chunk);
    for (const auto engine : engines()) {
        io::ViewSource source{chunk.bytes};
        InflateSource inflate{source, engine};
        CHECK(kind_of_failure([&] { (void)io::read_all(inflate, content_bytes_max); }) ==
              Error::Kind::corrupt);
    }
}

TEST_CASE("a chunk must hold exactly what is claimed")
{
    const auto content = sample(30'000);
    DeflatedChunk chunk;
    ChunkDeflater{}.deflate(std::array{io::ByteView{content}}, Level::fast, chunk);
    const auto last = joined({chunk.bytes, stream_end});
    for (const auto engine : engines()) {
        CHECK(inflate_chunk(chunk.bytes, content.size(), engine) == content);
        CHECK(inflate_chunk(last, content.size(), engine) == content);
        CHECK(inflate_chunk({}, 0, engine).empty());

        const auto fails = [&](io::ByteView stored, std::size_t raw_bytes) {
            return kind_of_failure([&] { (void)inflate_chunk(stored, raw_bytes, engine); }) ==
                   Error::Kind::corrupt;
        };
        CHECK(fails(chunk.bytes, content.size() - 1));
        CHECK(fails(chunk.bytes, content.size() + 1));
        CHECK(fails(chunk.bytes, 0));
        CHECK(fails(chunk.bytes, SIZE_MAX));
        CHECK(fails(io::ByteView{chunk.bytes}.first(chunk.bytes.size() / 2), content.size()));
        CHECK(fails(joined({last, io::view_of("x")}), content.size()));
        CHECK(fails({}, 1));
        // All bytes there, but not the block's end; and no bytes from something half-done.
        CHECK(fails(io::ByteView{chunk.bytes}.first(chunk.bytes.size() - 1), content.size()));
        CHECK(fails(io::view_of(std::string_view{"\x1c\x66\x66", 3}), 0));
    }
}
