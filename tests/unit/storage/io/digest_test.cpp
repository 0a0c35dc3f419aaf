// Witness: the test vectors of RFC 1321 (MD5) and FIPS 180 (SHA).
#include "storage/io/digest.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using Algorithm = io::Digest::Algorithm;

namespace {

struct Row {
    Algorithm algorithm;
    const char* text;
    const char* expected;
};

const Row rows[] = {
    {Algorithm::md5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {Algorithm::md5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
    {Algorithm::md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {Algorithm::sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {Algorithm::sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {Algorithm::sha1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {Algorithm::sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
};

}  // namespace

TEST_CASE("digests are those of the standards")
{
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(io::digest_hex(row.algorithm, io::view_of(row.text)) == row.expected);
    }
}

TEST_CASE("how bytes are cut into pieces does not matter")
{
    for (const auto& row : rows) {
        io::Digest digest{row.algorithm};
        for (const char letter : std::string_view{row.text}) {
            digest.add(io::view_of({&letter, 1}));
            digest.add({});
        }
        CHECK(digest.hex() == row.expected);
    }
}

TEST_CASE("a digest sink passes everything on and counts it")
{
    io::MemorySink memory;
    io::DigestSink sink{Algorithm::sha1, memory};
    sink.write(io::view_of("a"));
    sink.write(io::view_of("bc"));
    CHECK(io::text_of(memory.view()) == "abc");
    CHECK(sink.bytes() == 3);
    CHECK(sink.hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
}
