#include "storage/remote/imap/encoding.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::imap;

namespace {

std::string decoded(std::string_view text, std::size_t step = 1)
{
    io::MemorySink sink;
    Base64Decoder decoder{sink, "x"};
    for (std::size_t at = 0; at < text.size(); at += step) {
        decoder.write(io::view_of(text.substr(at, step)));
    }
    decoder.finish();
    return std::string{io::text_of(sink.view())};
}

struct Vector {
    const char* plain;
    const char* encoded;
};

// RFC 4648, 10.
constexpr std::array vectors{
    Vector{"", ""},
    Vector{"f", "Zg=="},
    Vector{"fo", "Zm8="},
    Vector{"foo", "Zm9v"},
    Vector{"foob", "Zm9vYg=="},
    Vector{"fooba", "Zm9vYmE="},
    Vector{"foobar", "Zm9vYmFy"},
};

}  // namespace

TEST_CASE("the vectors of RFC 4648 are decoded")
{
    for (const auto& vector : vectors) {
        CAPTURE(vector.plain);
        CHECK(decoded(vector.encoded) == vector.plain);
    }
}

TEST_CASE("lines are of 76 characters, and their length is known beforehand")
{
    for (const std::size_t bytes : {0U, 1U, 2U, 3U, 56U, 57U, 58U, 113U, 114U, 115U, 5'000U}) {
        CAPTURE(bytes);
        std::string content;
        for (std::size_t at = 0; at < bytes; ++at) {
            content += static_cast<char>(at * 7 + at / 256);
        }
        std::string lines;
        encode_lines(io::view_of(content), lines);
        CHECK(lines.size() == encoded_octets(bytes));
        CHECK(lines.find("\r\n") ==
              (bytes == 0 ? std::string::npos : std::min<std::size_t>(76, (bytes + 2) / 3 * 4)));
        CHECK(decoded(lines) == content);
        CHECK(decoded(lines, 1'000) == content);
    }
    CHECK(encoded_octets(std::uint64_t{57} << 40U) == std::uint64_t{78} << 40U);
}

TEST_CASE("what is no Base64, or ends early, is corrupt")
{
    for (const auto* const text :
         {"Zg=", "Z", "Zm9", "Zg==Zg==", "=", "Z===", "Zm9v!", "Z=g=", "Zg==\r\n--frame--"}) {
        CAPTURE(text);
        try {
            (void)decoded(text);
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::corrupt);
        }
    }
}
