// Tars by GNU tar and Python in the formats that duplid reads but never writes. What is in them was
// listed by Python's tarfile, see witness/make_witnesses.py.
#include "engine/tar/reader.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "tests/unit/engine/tar/archive_files.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

using namespace duplid;

namespace {

const std::string witness_path = DUPLID_GOLDEN "/../unit/engine/tar/witness/";

/// The listing that make_witnesses.py makes, by our reader.
std::string listing_of(io::ByteView archive)
{
    io::ViewSource source{archive};
    tar::Reader reader{source};
    std::string lines;
    for (tar::Header header; reader.next(header);) {
        io::Bytes data(header.size + 1);
        std::size_t bytes = 0;
        while (const auto got = reader.read(io::ByteSpan{data}.subspan(bytes))) {
            bytes += got;
        }
        auto name = header.name;
        if (header.type == tar::Type::directory) {
            name.resize(name.find_last_not_of('/') + 1);
        }
        const bool is_device =
            header.type == tar::Type::character || header.type == tar::Type::block;
        lines += fmt::format(
            "{}\t{:04o}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
            "fhlcbdp"[static_cast<std::size_t>(header.type)], header.mode, header.uid, header.gid,
            bytes, header.mtime, test::escaped(name), test::escaped(header.link),
            test::escaped(header.uname), test::escaped(header.gname),
            is_device ? fmt::format("{},{}", header.dev_major, header.dev_minor) : "-",
            io::digest_hex(io::Digest::Algorithm::sha256, io::ByteView{data}.first(bytes)));
    }
    return lines;
}

std::string text_file(const std::string& path)
{
    std::ifstream file{path};
    REQUIRE_MESSAGE(file, path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("tars of other formats mean to us what they mean to duplicity's tar library")
{
    for (const std::string name : {"tarfile-gnu", "tarfile-pax", "gnutar-gnu", "gnutar-oldgnu",
                                   "gnutar-pax", "gnutar-ustar", "gnutar-v7"}) {
        CAPTURE(name);
        const auto expected = text_file(witness_path + name + ".txt");
        REQUIRE(!expected.empty());
        CHECK(listing_of(test::gunzip(witness_path + name + ".tar.gz")) == expected);
    }
}

TEST_CASE("a fraction of a second is handed through, the field rounded down")
{
    const auto archive = test::gunzip(witness_path + "gnutar-pax.tar.gz");
    io::ViewSource source{archive};
    tar::Reader reader{source};
    tar::Header header;
    REQUIRE(reader.next(header));
    CHECK(header.mtime == 1704067200);
    CHECK(header.extra == std::vector<tar::PaxRecord>{{"mtime", "1704067200.75"}});
}

TEST_CASE("sparse files are refused, not misread")
{
    for (const std::string name : {"sparse-gnu", "sparse-pax"}) {
        CAPTURE(name);
        const auto archive = test::gunzip(witness_path + name + ".tar.gz");
        CHECK_THROWS_AS(listing_of(archive), Error);
    }
}
