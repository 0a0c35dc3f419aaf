// Goal: volumes are cut by their content alone, and never pass their limit.
#include "engine/volume/joiner.hpp"

#include "engine/codec/inflate.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/file.hpp"
#include "storage/io/source.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <random>
#include <string>
#include <vector>

using namespace duplid;

namespace {

constexpr std::uint64_t volume_bytes = 1U << 20U;

struct Volume {
    std::string first;
    std::string last;
    io::Bytes bytes;
    std::string sha1;
    std::vector<volume::ChunkPlace> chunks;
    std::uint64_t first_offset;
};

std::vector<Volume> join(volume::Form form, std::size_t chunks, std::uint32_t seed)
{
    const io::TempDirectory directory;
    volume::ChunkStore store{4};
    std::vector<Volume> volumes;
    volume::JoinerOptions options;
    options.wrapper.form = form;
    options.volume_bytes_max = volume_bytes;
    options.name_of = [](std::uint32_t number) { return fmt::format("volume {}", number); };
    options.make_spool = [&](std::uint32_t) { return io::TempFile::unnamed(directory.path()); };
    options.take = [&](volume::JoinedVolume joined) {
        CHECK(joined.number == volumes.size() + 1);
        auto file = joined.file->finish();
        io::Bytes bytes(static_cast<std::size_t>(file.bytes));
        CHECK(io::pread_full(file.spool.fd(), bytes, 0, "spool") == bytes.size());
        volumes.push_back({joined.first.key, joined.last.key, std::move(bytes), file.sha1,
                           file.chunks, file.first_offset});
    };
    volume::Joiner joiner{std::move(options), store};
    std::mt19937 random{seed};
    for (std::size_t i = 0; i < chunks; ++i) {
        auto chunk = store.take();
        chunk->buffer.resize(65536);
        chunk->bytes = 512 * (1 + random() % 128);
        for (std::size_t at = 0; at < chunk->bytes; ++at) {
            chunk->buffer[at] = static_cast<std::byte>(random() % 200);
        }
        chunk->first.key = chunk->last.key = fmt::format("{:06}", i);
        volume::seal(*chunk, form, codec::Level::fast, false);
        joiner.add(std::move(chunk));
    }
    joiner.finish();
    return volumes;
}

io::Bytes inflate(io::ByteView gzip)
{
    io::ViewSource source{gzip};
    codec::GunzipSource content{source};
    return io::read_all(content, 1U << 30U);
}

}  // namespace

TEST_CASE("a set that is left off at a border has the volumes of the whole set up to there")
{
    constexpr std::size_t chunk_bytes = 65536;
    constexpr std::size_t chunks = 100;
    const auto volumes_of = [](std::size_t volumes_max) {
        const io::TempDirectory directory;
        volume::ChunkStore store{4};
        std::vector<std::string> sums;
        bool any_is_last = false;
        volume::JoinerOptions options;
        options.wrapper.form = volume::Form::plain;
        options.volume_bytes_max = volume_bytes;
        options.name_of = [](std::uint32_t number) { return fmt::format("volume {}", number); };
        options.make_spool = [&](std::uint32_t) { return io::TempFile::unnamed(directory.path()); };
        options.take = [&](volume::JoinedVolume joined) {
            any_is_last = any_is_last || joined.is_last;
            sums.push_back(joined.file->finish().sha1);
        };
        volume::Joiner joiner{std::move(options), store};
        std::size_t borders = 0;
        for (std::size_t i = 0; i < chunks; ++i) {
            auto chunk = store.take();
            chunk->buffer.assign(chunk_bytes, static_cast<std::byte>(i));
            chunk->bytes = chunk_bytes;
            borders += i > 0 && joiner.is_border_before(*chunk) ? 1 : 0;
            if (borders == volumes_max) {
                joiner.leave_off();
                CHECK_FALSE(any_is_last);
                return sums;
            }
            joiner.add(std::move(chunk));
        }
        joiner.finish();
        CHECK(any_is_last);
        return sums;
    };
    const auto whole = volumes_of(chunks);
    REQUIRE(whole.size() > 4);
    for (std::size_t count = 1; count + 1 < whole.size(); ++count) {
        CAPTURE(count);
        auto begin = whole;
        begin.resize(count);
        CHECK(volumes_of(count) == begin);
    }
}

TEST_CASE("no volume is larger than the limit, and borders are next to each other")
{
    for (const auto form : {volume::Form::gzip, volume::Form::plain}) {
        const auto volumes = join(form, 200, 7);
        CHECK(volumes.size() > 3);
        for (std::size_t i = 0; i < volumes.size(); ++i) {
            CHECK(volumes[i].bytes.size() <= volume_bytes);
            CHECK(volumes[i].sha1 == io::digest_hex(io::Digest::Algorithm::sha1, volumes[i].bytes));
            if (i > 0) {
                CHECK(std::stoi(volumes[i].first) == std::stoi(volumes[i - 1].last) + 1);
            }
        }
        CHECK(volumes.back().last == "000199");
    }
}

TEST_CASE("every chunk of a gzip volume can be inflated by itself")
{
    const auto volumes = join(volume::Form::gzip, 60, 3);
    for (const auto& one : volumes) {
        const auto whole = inflate(one.bytes);
        auto offset = one.first_offset;
        std::size_t raw = 0;
        for (const auto& chunk : one.chunks) {
            const auto stored = io::ByteView{one.bytes}.subspan(
                static_cast<std::size_t>(offset), static_cast<std::size_t>(chunk.stored_bytes));
            const auto content =
                codec::inflate_chunk(stored, static_cast<std::size_t>(chunk.raw_bytes));
            CHECK(std::equal(content.begin(), content.end(),
                             whole.begin() + static_cast<std::ptrdiff_t>(raw)));
            offset += chunk.stored_bytes;
            raw += content.size();
        }
        CHECK(raw == whole.size());
    }
}

TEST_CASE("a set without an entry has one volume, a gzip of nothing or an empty file")
{
    // archive-format.md 4.4
    const auto gzip = join(volume::Form::gzip, 0, 1);
    REQUIRE(gzip.size() == 1);
    CHECK(gzip[0].bytes.size() == 20);
    CHECK(inflate(gzip[0].bytes).empty());
    CHECK(gzip[0].first.empty());
    const auto plain = join(volume::Form::plain, 0, 1);
    REQUIRE(plain.size() == 1);
    CHECK(plain[0].bytes.empty());
}
