#include "storage/io/wiped_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>

using namespace duplid;

TEST_CASE("a block that grows keeps what is in it, however often")
{
    auto* text = static_cast<char*>(io::wiped_realloc(nullptr, 1));
    REQUIRE(text != nullptr);
    text[0] = 'a';
    std::string expected{"a"};
    for (std::size_t bytes = 2; bytes <= 5000; bytes += bytes / 2) {
        text = static_cast<char*>(io::wiped_realloc(text, bytes));
        REQUIRE(text != nullptr);
        CHECK(std::string(text, expected.size()) == expected);
        expected.resize(bytes, static_cast<char>('a' + bytes % 26));
        std::memcpy(text, expected.data(), bytes);
    }
    io::wiped_free(text);
}

TEST_CASE("blocks are as malloc's family makes them")
{
    auto* const zeros = static_cast<unsigned char*>(io::wiped_calloc(10, 100));
    REQUIRE(zeros != nullptr);
    CHECK(std::all_of(zeros, zeros + 1000, [](unsigned char byte) { return byte == 0; }));
    io::wiped_free(zeros);
    char* const copy = io::wiped_strdup("geheim");
    REQUIRE(copy != nullptr);
    CHECK(std::string{copy} == "geheim");
    io::wiped_free_of(copy, 3);
    io::wiped_free(nullptr);
}
