// Headers are made here by hand, not by our writer, so that they can be as wrong as needed.
#include "engine/tar/reader.hpp"

#include "engine/tar/number.hpp"
#include "storage/io/block_source.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>

using namespace duplid;
using namespace std::string_literals;

namespace {

struct Raw {
    std::string name = "snapshot/x";
    char flag = '0';
    std::string size = "00000000000";
    std::string mtime = "00000000000";
    std::string uid = "0000000";
    std::string magic = "ustar\0"
                        "00"s;
    std::string prefix = "";
};

std::string with_checksum(std::string block)
{
    block.replace(148, 8, 8, ' ');
    const auto sum = std::accumulate(block.begin(), block.end(), 0U, [](unsigned total, char c) {
        return total + static_cast<unsigned char>(c);
    });
    block.replace(148, 6, fmt::format("{:06o}", sum));
    block[154] = '\0';
    return block;
}

std::string block_of(const Raw& raw)
{
    std::string block(512, '\0');
    const auto put = [&block](std::size_t at, const std::string& text) {
        block.replace(at, text.size(), text);
    };
    put(0, raw.name);
    put(100, "0000644");
    put(108, raw.uid);
    put(116, "0000000");
    put(124, raw.size);
    put(136, raw.mtime);
    block[156] = raw.flag;
    put(257, raw.magic);
    put(345, raw.prefix);
    return with_checksum(block);
}

std::string padded(std::string data)
{
    data.resize((data.size() + 511) / 512 * 512);
    return data;
}

std::string file(const std::string& name, const std::string& data)
{
    return block_of({.name = name, .size = fmt::format("{:011o}", data.size())}) + padded(data);
}

std::string extension(char flag, const std::string& data)
{
    return block_of({.name = "x", .flag = flag, .size = fmt::format("{:011o}", data.size())}) +
           padded(data);
}

std::string record(const std::string& keyword, const std::string& value)
{
    const auto rest = keyword.size() + value.size() + 3;
    auto bytes = rest + 1;
    while (bytes != rest + std::to_string(bytes).size()) {
        ++bytes;
    }
    return fmt::format("{} {}={}\n", bytes, keyword, value);
}

/// Gives a few bytes at a time, as a pipe may.
class DribblingSource final : public io::Source {
public:
    DribblingSource(io::ByteView bytes, std::size_t at_once) : bytes_{bytes}, at_once_{at_once} {}
    std::size_t read(io::ByteSpan into) override
    {
        ++calls;
        const auto piece =
            bytes_.first(std::min<std::size_t>({into.size(), at_once_, bytes_.size()}));
        std::ranges::copy(piece, into.begin());
        bytes_ = bytes_.subspan(piece.size());
        return piece.size();
    }
    std::size_t calls = 0;

private:
    io::ByteView bytes_;
    std::size_t at_once_;
};

/// Its blocks are gone with the next call, as those of a queue are.
class BlockyStream final : public io::BlockSource {
public:
    BlockyStream(io::ByteView bytes, std::size_t at_once) : bytes_{bytes}, at_once_{at_once} {}

    std::size_t read(io::ByteSpan into) override
    {
        const auto piece = take(into.size());
        std::ranges::copy(piece, into.begin());
        return piece.size();
    }
    io::ByteView next_block() override { return take(at_once_); }

private:
    io::ByteView take(std::size_t bytes)
    {
        const auto piece = bytes_.first(std::min({bytes, at_once_, bytes_.size()}));
        bytes_ = bytes_.subspan(piece.size());
        block_ = std::make_unique<io::Bytes>(piece.begin(), piece.end());
        return *block_;
    }

    io::ByteView bytes_;
    std::size_t at_once_;
    std::unique_ptr<io::Bytes> block_;
};

struct Entry {
    tar::Header header;
    std::string data;
    std::uint64_t header_offset;
    std::uint64_t data_offset;
    bool operator==(const Entry&) const = default;
};

std::vector<Entry> read(const std::string& stream, std::size_t at_once = SIZE_MAX)
{
    DribblingSource source{io::view_of(stream), at_once};
    tar::Reader reader{source};
    std::vector<Entry> entries;
    for (tar::Header header; reader.next(header);) {
        std::string data;
        std::array<std::byte, 1000> piece{};
        while (const auto got = reader.read(piece)) {
            data += io::text_of(io::ByteView{piece}.first(got));
        }
        entries.push_back({header, data, reader.header_offset(), reader.data_offset()});
    }
    return entries;
}

/// As read(), without copies.
std::vector<Entry> read_blocks(const std::string& stream, std::size_t at_once,
                               std::size_t bytes_max)
{
    BlockyStream source{io::view_of(stream), at_once};
    tar::Reader reader{source};
    std::vector<Entry> entries;
    for (tar::Header header; reader.next(header);) {
        std::string data;
        for (auto piece = reader.some(bytes_max); !piece.empty(); piece = reader.some(bytes_max)) {
            CHECK(piece.size() <= bytes_max);
            data += io::text_of(piece);
        }
        entries.push_back({header, data, reader.header_offset(), reader.data_offset()});
    }
    return entries;
}

tar::Header only(const std::string& stream)
{
    const auto entries = read(stream);
    REQUIRE(entries.size() == 1);
    return entries[0].header;
}

/// The message of the Error that reading gives; it must be of the kind corrupt.
std::string complaint(const std::string& stream)
{
    try {
        static_cast<void>(read(stream));
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        return error.what();
    }
    return "none";
}

bool complains(const std::string& stream, std::string_view of)
{
    const auto text = complaint(stream);
    CAPTURE(text);
    CHECK(text.find(of) != std::string::npos);
    return text.find(of) != std::string::npos;
}

}  // namespace

TEST_CASE("entries come with their data and their places in the stream")
{
    const auto stream = file("snapshot/a", "hello") + extension('x', record("path", "snapshot/é")) +
                        file("snapshot/?", std::string(1024, 'b')) + file("diff/c", "");
    for (const std::size_t at_once :
         {std::size_t{1}, std::size_t{511}, std::size_t{513}, SIZE_MAX}) {
        CAPTURE(at_once);
        const auto entries = read(stream, at_once);
        REQUIRE(entries.size() == 3);
        CHECK(entries[0].header.name == "snapshot/a");
        CHECK(entries[0].data == "hello");
        CHECK(entries[0].header_offset == 0);
        CHECK(entries[0].data_offset == 512);
        CHECK(entries[1].header.name == "snapshot/é");
        CHECK(entries[1].data == std::string(1024, 'b'));
        CHECK(entries[1].header_offset == 1024);
        CHECK(entries[1].data_offset == 1024 + 3 * 512);
        CHECK(entries[2].header.name == "diff/c");
        CHECK(entries[2].data.empty());
    }
}

TEST_CASE("a source's blocks are read where they are, wherever one ends")
{
    const auto stream = file("snapshot/a", "hello") + extension('x', record("path", "snapshot/é")) +
                        file("snapshot/?", std::string(200'000, 'b')) + file("diff/c", "");
    const auto expected = read(stream);
    REQUIRE(expected.size() == 3);
    for (const std::size_t at_once : {std::size_t{1}, std::size_t{511}, std::size_t{512},
                                      std::size_t{1000}, std::size_t{1} << 16U, SIZE_MAX}) {
        CAPTURE(at_once);
        CHECK(read_blocks(stream, at_once, SIZE_MAX) == expected);
        CHECK(read_blocks(stream, at_once, 700) == expected);
        CHECK_THROWS_AS((void)read_blocks(stream.substr(0, 100'000), at_once, SIZE_MAX), Error);
    }
}

TEST_CASE("data may be skipped or read in part")
{
    const std::string large(300'000, 'l');
    const auto stream = file("a", large) + file("b", large) + file("c", "end");
    DribblingSource source{io::view_of(stream), SIZE_MAX};
    tar::Reader reader{source};
    tar::Header header;
    REQUIRE(reader.next(header));
    std::array<std::byte, 10> piece{};
    CHECK(reader.read(piece) == 10);
    CHECK(reader.bytes_left() == large.size() - 10);
    REQUIRE(reader.next(header));
    CHECK(header.name == "b");
    reader.skip();
    CHECK(reader.bytes_left() == 0);
    CHECK(reader.read(piece) == 0);
    REQUIRE(reader.next(header));
    CHECK(header.name == "c");
    CHECK(reader.read(piece) == 3);
    CHECK_FALSE(reader.next(header));
    CHECK_FALSE(reader.next(header));
}

TEST_CASE("a thousand small entries cost a handful of reads")
{
    std::string stream;
    for (int i = 0; i < 1000; ++i) {
        stream += file("snapshot/" + std::to_string(i), "data");
    }
    DribblingSource source{io::view_of(stream), SIZE_MAX};
    tar::Reader reader{source};
    tar::Header header;
    int entries = 0;
    while (reader.next(header)) {
        ++entries;
    }
    CHECK(entries == 1000);
    CHECK(source.calls <= 10);
}

TEST_CASE("the first block of zeros ends the archive, whatever follows")
{
    const auto stream = file("a", "x") + std::string(512, '\0') + std::string(700, '\x8c');
    CHECK(read(stream).size() == 1);
    CHECK(read("").empty());
    CHECK(read(std::string(512, '\0')).empty());
}

TEST_CASE("cut anywhere, an archive is either whole entries or an error")
{
    const auto stream = file("a", "x") + extension('x', record("uid", "5")) + file("b", "yz") +
                        extension('L', "long\0"s) + file("c", "");
    const std::vector<std::size_t> borders{0, 1024, 1024 + 1024 + 1024, stream.size()};
    for (std::size_t bytes = 0; bytes <= stream.size(); ++bytes) {
        CAPTURE(bytes);
        const auto border = std::ranges::find(borders, bytes);
        if (border != borders.end()) {
            CHECK(read(stream.substr(0, bytes)).size() ==
                  static_cast<std::size_t>(border - borders.begin()));
        } else {
            CHECK(complaint(stream.substr(0, bytes)).find("cut short") != std::string::npos);
        }
    }
}

TEST_CASE("a damaged header is noticed wherever the damage is, and the offset named")
{
    const auto stream = file("a", "") + file("b", "");
    for (std::size_t at = 512; at < 1024; ++at) {
        CAPTURE(at);
        auto damaged = stream;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x01);
        // The last two bytes of the checksum field are a NUL and a blank, and not looked at.
        const bool is_blank = at == 512 + 154 || at == 512 + 155;
        if (!is_blank) {
            CHECK(complains(damaged, "tar entry at offset 512: bad header checksum"));
        }
    }
}

TEST_CASE("a checksum over signed bytes, as old tars made it, is right as well")
{
    auto block = block_of({.name = "caf\xe9"});
    // Signed, the byte 0xe9 counts 256 less.
    const auto unsigned_sum = std::stoul(block.substr(148, 6), nullptr, 8);
    block.replace(148, 6, fmt::format("{:06o}", unsigned_sum - 256));
    CHECK(only(block).name == "caf\xe9");
}

TEST_CASE("numbers beyond the fields and malformed ones are corrupt")
{
    const auto base_256 = [](std::string bytes) { return "\x80" + bytes; };
    struct Row {
        Raw raw;
        std::string_view complaint;
    };
    for (const auto& row : {
             Row{{.size = "\x80\0\0\0\x80\0\0\0\0\0\0\0"s}, "malformed size"},  // 2^63
             Row{{.size = base_256(std::string(11, '\xff'))}, "malformed size"},
             Row{{.size = std::string(12, '\xff')}, "negative size"},
             Row{{.size = "0000000008"}, "malformed size"},
             Row{{.size = "12 34"}, "malformed size"},
             Row{{.size = "-1"}, "malformed size"},
             Row{{.mtime = "zzz"}, "malformed mtime"},
             Row{{.uid = "\xff\xff\xff\xff\xff\xff\xff\xff"}, "negative uid"},
         }) {
        CAPTURE(row.complaint);
        CHECK(complains(block_of(row.raw), row.complaint));
    }
    // The largest size there is: believed, and then not found.
    CHECK(
        complains(block_of({.size = "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"s}), "cut short"));
    CHECK(complains(extension('x', record("size", "9223372036854775807")) + file("a", ""),
                    "cut short"));
    CHECK(complains(extension('x', record("size", "9223372036854775808")) + file("a", ""),
                    "malformed size"));
    for (const auto* time : {"1.2.3", "", "-", ".5", "1e5", "9223372036854775807", " 1"}) {
        CAPTURE(time);
        if (*time != '\0') {
            CHECK(complains(extension('x', record("mtime", time)) + file("a", ""),
                            "malformed mtime"));
        }
    }
}

TEST_CASE("numbers may have blanks around them, be empty, or be base-256")
{
    CHECK(only(block_of({.mtime = "     17 \0"s})).mtime == 15);
    CHECK(only(block_of({.mtime = std::string(12, '\0')})).mtime == 0);
    CHECK(only(block_of({.mtime = std::string(11, '\xff') + "\xfe"})).mtime == -2);
    CHECK(only(block_of({.mtime = "\x80\0\0\0\0\0\0\2\0\0\0\5"s})).mtime == 8589934597);
}

TEST_CASE("times in records are rounded down")
{
    struct Row {
        std::string text;
        std::int64_t seconds;
        bool exact;
    };
    for (const auto& row : {Row{"5", 5, true}, Row{"5.000", 5, true}, Row{"5.999999999", 5, false},
                            Row{"-5", -5, true}, Row{"-5.25", -6, false}, Row{"-0.5", -1, false},
                            Row{"8589934597", 8589934597, true}}) {
        CAPTURE(row.text);
        const auto header = only(extension('x', record("mtime", row.text)) + file("a", ""));
        CHECK(header.mtime == row.seconds);
        CHECK(header.extra.empty() == row.exact);
    }
}

TEST_CASE("fractions of times are read to the nanosecond, rounded down")
{
    struct Row {
        const char* text;
        std::int64_t seconds;
        std::uint32_t nanoseconds;
    };
    for (const auto& row :
         {Row{"5", 5, 0}, Row{"5.5", 5, 500'000'000}, Row{"5.000000001", 5, 1},
          Row{"5.0000000019", 5, 1}, Row{"5.123456789", 5, 123'456'789}, Row{"-5", -5, 0},
          Row{"-5.25", -6, 750'000'000}, Row{"-0.0000000001", -1, 999'999'999}}) {
        CAPTURE(row.text);
        const auto time = tar::pax_time_in(row.text);
        REQUIRE(time);
        CHECK(time->seconds == row.seconds);
        CHECK(time->nanoseconds == row.nanoseconds);
    }
}

TEST_CASE("extended attributes and private records are handed through as they are")
{
    const std::vector<tar::PaxRecord> extra{{"SCHILY.xattr.user.foo", "\0\n7 x=1\n\xff"s},
                                            {"DUPLID.hardlink", "a/b=c"},
                                            {"DUPLID.empty", ""},
                                            {"atime", "1.5"}};
    std::string records = record("hdrcharset", "BINARY");
    for (const auto& [keyword, value] : extra) {
        records += record(keyword, value);
    }
    const auto entries = read(extension('x', records) + file("a", "") + file("b", ""));
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].header.extra == extra);
    CHECK(entries[1].header.extra.empty());
}

TEST_CASE("malformed records are corrupt")
{
    for (const auto& records :
         {"x"s, "5"s, "7 a=bc"s, "6 a=bc\n"s, "99 a=b\n"s, "6 abc\n"s, "5 =b\n"s, "0 a=b\n"s,
          "-6 a=b\n"s, "18446744073709551616 a=b\n"s, "18446744073709551615 a=b\n"s, " a=b\n"s,
          "3 \n"s, "6 a=b\n\0\0"s}) {
        CAPTURE(records);
        CHECK(complains(extension('x', records) + file("a", ""), "malformed pax header"));
        CHECK(complains(extension('g', records) + file("a", ""), "malformed global pax header"));
    }
}

TEST_CASE("an empty value takes nothing away from the header's own field")
{
    CHECK(only(extension('x', record("path", "")) + file("a", "")).name == "a");
}

TEST_CASE("global records are defaults for all entries behind them")
{
    const auto entries = read(
        extension('g', record("comment", "hello") + record("uid", "7") + record("mtime", "9")) +
        file("a", "") + extension('x', record("uid", "8")) + file("b", "") +
        extension('g', record("uid", "10")) + file("c", ""));
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].header.uid == 7);
    CHECK(entries[0].header.mtime == 9);
    CHECK(entries[0].header.extra.empty());
    CHECK(entries[1].header.uid == 8);
    CHECK(entries[1].header.mtime == 9);
    CHECK(entries[2].header.uid == 10);
    CHECK(read(extension('g', record("comment", "the end"))).empty());

    // The fraction handed through belongs to the time that counts.
    const auto times = read(extension('g', record("mtime", "9.5")) + file("a", "") +
                            extension('x', record("mtime", "8")) + file("b", "") +
                            extension('x', record("mtime", "7.5")) + file("c", ""));
    REQUIRE(times.size() == 3);
    using Extra = std::vector<tar::PaxRecord>;
    CHECK(times[0].header.extra == Extra{{"mtime", "9.5"}});
    CHECK(times[1].header.mtime == 8);
    CHECK(times[1].header.extra.empty());
    CHECK(times[2].header.extra == Extra{{"mtime", "7.5"}});
}

TEST_CASE("limits hold for names and pax headers")
{
    const std::string longest(tar::name_bytes_max, 'n');
    CHECK(only(extension('L', longest + '\0') + file("a", "")).name == longest);
    CHECK(complains(extension('L', longest + "nn") + file("a", ""), "more than"));
    CHECK(only(extension('x', record("path", longest)) + file("a", "")).name == longest);
    CHECK(complains(extension('x', record("path", longest + 'n')) + file("a", ""), "more than"));
    CHECK(complains(extension('x', record("path", "a\0b"s)) + file("a", ""), "NUL"));

    const std::string half(tar::pax_bytes_max / 2 - 100, 'v');
    const auto two =
        extension('x', record("DUPLID.a", half)) + extension('x', record("DUPLID.b", half));
    CHECK(only(two + file("a", "")).extra.size() == 2);
    CHECK(complains(two + extension('x', record("DUPLID.c", half)) + file("a", ""), "more than"));
    // Stated only: nothing of that size is asked of the memory.
    CHECK(complains(block_of({.flag = 'x', .size = "77777777777"}), "more than"));

    std::string many;
    for (int i = 0; i < 100; ++i) {
        many += extension('g', record("path", std::string(1000, 'p')));
    }
    CHECK(complains(many, "too many records"));
}

TEST_CASE("types nobody stores here are refused by name of their flag")
{
    for (const char flag : {'S', 'V', 'M', 'D', 'A', '\x80'}) {
        CAPTURE(flag);
        CHECK(complains(block_of({.flag = flag}), "not supported"));
    }
}

TEST_CASE("only regular files have data")
{
    const auto stream =
        block_of({.name = "dir/", .flag = '5', .size = "00000001000"}) + file("a", "x");
    const auto entries = read(stream);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].header.size == 0);
    CHECK(entries[1].data == "x");
}

TEST_CASE("the prefix field counts only where POSIX defines it")
{
    CHECK(only(block_of({.prefix = "some/where"})).name == "some/where/snapshot/x");
    CHECK(only(block_of({.magic = "ustar  \0"s, .prefix = "14544400200"})).name == "snapshot/x");
    CHECK(only(block_of({.magic = "", .prefix = "junk"})).name == "snapshot/x");
}

TEST_CASE("a type of NUL is a file, or a directory when the name says so")
{
    CHECK(only(block_of({.name = "a", .flag = '\0'})).type == tar::Type::regular);
    CHECK(only(block_of({.name = "a/", .flag = '\0'})).type == tar::Type::directory);
    CHECK(only(block_of({.name = "a/", .flag = '0'})).type == tar::Type::regular);
}

TEST_CASE("a long name whose own header's is cut at a slash is still what its record says")
{
    const std::string cut = std::string(99, 'n') + "/";
    const auto header =
        only(extension('x', record("path", cut + "file")) + block_of({.name = cut, .flag = '\0'}));
    CHECK(header.type == tar::Type::regular);
    CHECK(header.name == cut + "file");
}
