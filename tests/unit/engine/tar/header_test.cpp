#include "engine/tar/header.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace std::string_literals;

namespace {

std::string encoded(const tar::Header& header)
{
    io::Bytes out;
    tar::append_header(header, out);
    CHECK(out.size() == tar::encoded_bytes(header));
    return std::string{io::text_of(out)};
}

std::string field(const std::string& block, std::size_t offset, std::size_t bytes)
{
    return block.substr(offset, bytes);
}

/// The records of the pax header that `text` starts with, cut to its stated size.
std::string records_of(const std::string& text)
{
    REQUIRE(text[156] == 'x');
    return text.substr(512, std::stoul(text.substr(124, 11), nullptr, 8));
}

}  // namespace

TEST_CASE("the root directory of a full set is the bytes of archive-format.md 4.1")
{
    const auto block = encoded({.name = "snapshot/./",
                                .type = tar::Type::directory,
                                .mode = 0755,
                                .mtime = 1704067200,
                                .uname = "root",
                                .gname = "root"});
    std::string expected(512, '\0');
    const auto put = [&expected](std::size_t at, const std::string& text) {
        expected.replace(at, text.size(), text);
    };
    put(0x00, "snapshot/./");
    put(0x64, "0000755\0"s);
    put(0x6c, "0000000\0"
              "0000000\0"s);
    put(0x7c, "00000000000\0"s);
    put(0x88, "14544400200\0"s);
    put(0x94, "011601\0 "s);
    put(0x9c, "5");
    put(0x101, "ustar\0"
               "00"s);
    put(0x109, "root");
    put(0x129, "root");
    CHECK(block == expected);
}

TEST_CASE("each type has its flag, and only devices have numbers")
{
    struct Row {
        tar::Type type;
        char flag;
        bool is_device;
    };
    for (const auto& row :
         {Row{tar::Type::regular, '0', false}, Row{tar::Type::hard_link, '1', false},
          Row{tar::Type::symlink, '2', false}, Row{tar::Type::character, '3', true},
          Row{tar::Type::block, '4', true}, Row{tar::Type::directory, '5', false},
          Row{tar::Type::fifo, '6', false}}) {
        CAPTURE(row.flag);
        const auto block =
            encoded({.name = "snapshot/x", .type = row.type, .dev_major = 8, .dev_minor = 17});
        CHECK(block[156] == row.flag);
        CHECK(field(block, 329, 16) == (row.is_device ? "0000010\0"
                                                        "0000021\0"s
                                                      : std::string(16, '\0')));
    }
}

TEST_CASE("a header that only has a name is a deleted entry")
{
    const auto block = encoded({.name = "deleted/a/b"});
    CHECK(field(block, 100, 8) == "0000000\0"s);
    CHECK(field(block, 124, 24) == "00000000000\0"
                                   "00000000000\0"s);
    CHECK(block[156] == '0');
    CHECK(field(block, 265, 64) == std::string(64, '\0'));
}

TEST_CASE("pax records come only when needed, in duplicity's order")
{
    const std::string long_name = "snapshot/" + std::string(92, 'n');  // 101 bytes
    const std::string full_name = long_name.substr(0, 100);
    struct Row {
        tar::Header header;
        std::string records;  // empty: no pax header
    };
    for (const auto& row : {
             Row{{.name = full_name}, ""},
             Row{{.name = long_name}, "111 path=" + long_name + "\n"},
             Row{{.name = "x", .link = full_name}, ""},
             Row{{.name = "x", .link = long_name}, "115 linkpath=" + long_name + "\n"},
             Row{{.name = "x", .uid = 2097151, .gid = 2097151}, ""},
             Row{{.name = "x", .uid = 3000000, .gid = 4000000}, "15 uid=3000000\n15 gid=4000000\n"},
             Row{{.name = "x", .size = 8589934591, .mtime = 8589934591}, ""},
             Row{{.name = "x", .mtime = 8589934597}, "20 mtime=8589934597\n"},
             Row{{.name = "x", .size = 8589934592}, "19 size=8589934592\n"},
             Row{{.name = "x", .uname = std::string(32, 'u'), .gname = "g"}, ""},
             Row{{.name = "x", .uname = std::string(33, 'u')},
                 "43 uname=" + std::string(33, 'u') + "\n"},
             Row{{.name = "snapshot/\xc3\xa9"}, "20 path=snapshot/\xc3\xa9\n"},
             Row{{.name = "snapshot/nonutf8-\xff\xfe\xe9"},
                 "21 hdrcharset=BINARY\n29 path=snapshot/nonutf8-\xff\xfe\xe9\n"},
             Row{{.name = "x", .link = "nonutf8-\xff\xfe\xe9"},
                 "21 hdrcharset=BINARY\n24 linkpath=nonutf8-\xff\xfe\xe9\n"},
             Row{{.name = "x",
             .extra = {{"SCHILY.xattr.user.a", "\xff\0\n="s}, {"DUPLID.hardlink", "a"}}},
                 "28 SCHILY.xattr.user.a=\xff\0\n=\n21 DUPLID.hardlink=a\n"s},
             Row{{.name = "\xc3\xa9",
             .uid = 3000000,
             .gid = 3000000,
             .mtime = 8589934597,
             .link = "\xc3\xa9",
             .uname = "\xc3\xa9",
             .gname = "\xc3\xa9",
             .extra = {{"mtime", "8589934597.5"}}},
                 "11 path=\xc3\xa9\n15 linkpath=\xc3\xa9\n12 uname=\xc3\xa9\n12 gname=\xc3\xa9\n"
                 "15 uid=3000000\n15 gid=3000000\n20 mtime=8589934597\n22 mtime=8589934597.5\n"},
         }) {
        CAPTURE(row.header.name);
        CAPTURE(row.records);
        const auto text = encoded(row.header);
        if (row.records.empty()) {
            CHECK(text.size() == 512);
        } else {
            CHECK(records_of(text) == row.records);
            CHECK(field(text, 0, 14) == "././@PaxHeader");
        }
    }
}

TEST_CASE("what a record overrides is 0, question marks or the first 100 bytes in the own header")
{
    const std::string long_name = "snapshot/" + std::string(200, 'n');
    const auto text = encoded({.name = long_name,
                               .uid = 3000000,
                               .mtime = 8589934597,
                               .link = "a\xc3\xa9\xf0\x9f\x98\x80\xff\xe2\x82z"});
    const auto own = text.substr(text.size() - 512);
    CHECK(field(own, 0, 100) == long_name.substr(0, 100));
    CHECK(field(own, 108, 8) == "0000000\0"s);
    CHECK(field(own, 136, 12) == "00000000000\0"s);
    // One for each character, and for each byte of what is none.
    CHECK(field(own, 157, 9) == "a?????z\0\0"s);
}

TEST_CASE("a time before 1970 is stored as 0")
{
    CHECK(field(encoded({.name = "x", .mtime = -86400}), 136, 12) == "00000000000\0"s);
}

TEST_CASE("a device number beyond its field is refused and nothing is appended")
{
    io::Bytes out;
    CHECK_THROWS_AS(
        tar::append_header({.name = "x", .type = tar::Type::block, .dev_minor = 2097152}, out),
        Error);
    CHECK(out.empty());
}

TEST_CASE("padding fills up to whole blocks")
{
    CHECK(tar::padding_of(0) == 0);
    CHECK(tar::padding_of(1) == 511);
    CHECK(tar::padding_of(511) == 1);
    CHECK(tar::padding_of(512) == 0);
    CHECK(tar::padding_of(65536) == 0);
    CHECK(tar::padding_of(INT64_MAX) == 1);
}
