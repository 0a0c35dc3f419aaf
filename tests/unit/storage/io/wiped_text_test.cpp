#include "storage/io/wiped_text.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace duplid;

// That nothing is left of what was given back shows in an image of the memory only:
// tests/daemon/secret_memory_test.py.
TEST_CASE("a text that is wiped leaves nothing in its own memory, behind its end neither")
{
    std::string text(100, 's');
    text.resize(40);
    const char* const memory = text.data();
    const auto bytes = text.capacity();
    io::wipe_text(text);
    CHECK(text.empty());
    REQUIRE(text.data() == memory);
    CHECK(std::all_of(memory, memory + bytes, [](char c) { return c == '\0'; }));
    std::string brief{"s"};
    io::wipe_text(brief);
    CHECK(brief.empty());
}

TEST_CASE("a text grows by what is added, however often")
{
    std::string text;
    std::string expected;
    io::WipedText wiped;
    for (int number = 0; number < 200; ++number) {
        const std::string piece(static_cast<std::size_t>(number),
                                static_cast<char>('a' + number % 26));
        io::append_wiped(text, piece);
        io::append(wiped, piece);
        expected += piece;
    }
    CHECK(text == expected);
    CHECK(io::text_of(wiped) == expected);
}

TEST_CASE("a file with secrets is read whole, and not beyond its limit")
{
    const io::TempDirectory directory;
    const auto path = directory.path() + "/secrets";
    for (const std::size_t bytes : {0U, 1U, 100'000U}) {
        const std::string content(bytes, 'x');
        io::replace_file(path, io::view_of(content));
        CHECK(io::text_of(io::read_file_wiped(path, 100'000)) == content);
    }
    CHECK_THROWS_AS(static_cast<void>(io::read_file_wiped(path, 99'999)), Error);
    CHECK_THROWS_AS(static_cast<void>(io::read_file_wiped(path + "-not", 1)), Error);
}
