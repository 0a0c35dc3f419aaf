#include "storage/io/spill_buffer.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>

using namespace duplid;

namespace {

io::Bytes counted(std::size_t count)
{
    io::Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    }
    return bytes;
}

}  // namespace

TEST_CASE("what was written is there in one piece, below, at and above the limit of memory")
{
    const io::TempDirectory directory;
    for (const std::size_t limit : {std::size_t{0}, std::size_t{1000}, std::size_t{1} << 20U}) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{999}, std::size_t{1000},
                                        std::size_t{1001}, std::size_t{700'001}}) {
            CAPTURE(limit);
            CAPTURE(count);
            const auto all = counted(count);
            io::SpillBuffer buffer{directory.path(), limit};
            for (std::size_t at = 0; at < count; at += 997) {
                buffer.write(io::ByteView{all}.subspan(at, std::min<std::size_t>(997, count - at)));
            }
            CHECK(buffer.bytes() == count);
            CHECK(std::ranges::equal(buffer.view(), all));
            io::MemorySink copy;
            buffer.copy_to(copy);
            CHECK(std::ranges::equal(copy.view(), all));
            CHECK(std::filesystem::is_empty(directory.path()));  // the file has no name
        }
    }
}

TEST_CASE("writing goes on after a look, and a cleared buffer is an empty one")
{
    const io::TempDirectory directory;
    io::SpillBuffer buffer{directory.path(), 100};
    const auto all = counted(1000);
    buffer.write(io::ByteView{all}.first(600));
    CHECK(std::ranges::equal(buffer.view(), io::ByteView{all}.first(600)));
    buffer.write(io::ByteView{all}.subspan(600));
    CHECK(std::ranges::equal(buffer.view(), all));
    buffer.forget_pages();
    CHECK(std::ranges::equal(buffer.view(), all));
    buffer.clear();
    CHECK(buffer.bytes() == 0);
    CHECK(buffer.view().empty());
    buffer.write(io::ByteView{all}.first(50));
    CHECK(std::ranges::equal(buffer.view(), io::ByteView{all}.first(50)));
}

TEST_CASE("without a directory for the file the bytes that need it are an error, the first are not")
{
    io::SpillBuffer buffer{"/nonexistent", 10};
    buffer.write(counted(10));
    CHECK_THROWS_AS(buffer.write(counted(1)), Error);
}

TEST_CASE("scratch memory is zeroed and can be written, in memory and in a file")
{
    const io::TempDirectory directory;
    for (const std::size_t limit : {std::size_t{0}, std::size_t{1} << 20U}) {
        const auto scratch = io::Mapping::scratch(100'000, directory.path(), limit);
        REQUIRE(scratch.bytes().size() == 100'000);
        CHECK(std::ranges::all_of(scratch.bytes(), [](std::byte b) { return b == std::byte{0}; }));
        const auto all = counted(100'000);
        std::ranges::copy(all, scratch.bytes().begin());
        scratch.forget_pages();
        CHECK(std::ranges::equal(scratch.bytes(), all));
    }
    CHECK_THROWS_AS(static_cast<void>(io::Mapping::scratch(100, "/nonexistent", 0)), Error);
}
