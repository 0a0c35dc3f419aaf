// The packets below are bytes that sftp-server of OpenSSH 9.2 wrote, kept as they came.
#include "storage/io/error.hpp"
#include "storage/remote/ssh/packet.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::ssh;

namespace {

io::Bytes from_hex(std::string_view digits)
{
    io::Bytes bytes;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
        bytes.push_back(
            static_cast<std::byte>(std::stoi(std::string{digits.substr(at, 2)}, nullptr, 16)));
    }
    return bytes;
}

// What stands behind the request's number.
PacketReader reply(const io::Bytes& packet, PacketType type, std::uint32_t id)
{
    const auto frame = find_frame(packet);
    REQUIRE(frame.has_value());
    CHECK(frame->bytes == packet.size());
    CHECK(frame->type == type);
    PacketReader reader{frame->content};
    CHECK(reader.u32() == id);
    return reader;
}

}  // namespace

TEST_CASE("a server's greeting tells what it offers")
{
    const auto packet = from_hex(
        "0000013e020000000300000018706f7369782d72656e616d65406f70656e7373682e636f6d0000000131000000"
        "1373746174766673406f70656e7373682e636f6d0000000132000000146673746174766673406f70656e737368"
        "2e636f6d000000013200000014686172646c696e6b406f70656e7373682e636f6d000000013100000011667379"
        "6e63406f70656e7373682e636f6d0000000131000000146c73657473746174406f70656e7373682e636f6d0000"
        "000131000000126c696d697473406f70656e7373682e636f6d000000013100000017657870616e642d70617468"
        "406f70656e7373682e636f6d000000013100000009636f70792d6461746100000001310000000e686f6d652d64"
        "69726563746f727900000001310000001e75736572732d67726f7570732d62792d6964406f70656e7373682e63"
        "6f6d0000000131");
    const auto frame = find_frame(packet);
    REQUIRE(frame.has_value());
    CHECK(frame->type == PacketType::version);
    PacketReader reader{frame->content};
    const auto version = parse_version(reader);
    CHECK(version.number == 3);
    CHECK(version.has_posix_rename);
    CHECK(version.has_fsync);
    CHECK(version.has_statvfs);
    CHECK(version.has_limits);
}

TEST_CASE("limits, attributes, status and room are read as the server wrote them")
{
    const auto limits_packet = from_hex(
        "00000025c9000000010000000000040000000000000003fc00000000000003fc000000000000004e1b");
    auto reader = reply(limits_packet, PacketType::extended_reply, 1);
    const auto limits = parse_limits(reader);
    CHECK(limits.packet_bytes == 262144);
    CHECK(limits.read_bytes == 261120);
    CHECK(limits.write_bytes == 261120);

    // A file of 5 bytes, mode 0640, changed at 1700000000.
    const auto attributes_packet = from_hex(
        "0000002569000000020000000f00000000000000050000000000000000000081a06553f1006553f100");
    reader = reply(attributes_packet, PacketType::attributes, 2);
    const auto attributes = parse_attributes(reader);
    CHECK(attributes.bytes == 5U);
    CHECK(attributes.mode == 0100640U);
    CHECK(attributes.modified == 1'700'000'000U);
    CHECK(attributes.is_file());
    CHECK_FALSE(attributes.is_directory());

    const auto status_packet =
        from_hex("0000001d6500000003000000020000000c4e6f20737563682066696c6500000000");
    reader = reply(status_packet, PacketType::status, 3);
    const auto status = parse_status(reader);
    CHECK(status.code == StatusCode::no_such_file);
    CHECK(status.words == "No such file");

    const auto room_packet =
        from_hex("0000005dc9000000060000000000001000000000000000100000000000005e298d000000000043933"
                 "c000000000043933c00000000002f14c600000000002f126b00000000002f126bc9da55da07575ace"
                 "000000000000000000000000000000ff");
    reader = reply(room_packet, PacketType::extended_reply, 6);
    CHECK(parse_free_bytes(reader) == 4428604ULL * 4096);
}

TEST_CASE("names come with what kind of thing each is")
{
    const auto packet = from_hex(
        "0000019d6800000005000000040000000466696c650000003c2d72772d722d2d2d2d2d202020203120726f6f74"
        "2020202020726f6f7420202020202020202020202035204e6f762031342020323032332066696c650000000f00"
        "000000000000050000000000000000000081a06553f1006553f100000000012e0000003964727778722d78722d"
        "78202020203320726f6f742020202020726f6f7420202020202020202034303936204e6f762032322030393a35"
        "34202e0000000f00000000000010000000000000000000000041ed6b02bbd16b02bbd100000003737562000000"
        "3b"
        "64727778722d78722d78202020203220726f6f742020202020726f6f7420202020202020202034303936204e6f"
        "76"
        "2032322030393a3534207375620000000f00000000000010000000000000000000000041ed6b02bbd16b02bbd1"
        "00"
        "0000022e2e0000003a64727778722d78722d78202020203320726f6f742020202020726f6f7420202020202020"
        "202034303936204e6f762032322030393a3534202e2e0000000f00000000000010000000000000000000000041"
        "ed6b02bbd16b02bbd1");
    auto reader = reply(packet, PacketType::name, 5);
    const auto names = parse_names(reader);
    REQUIRE(names.size() == 4);
    CHECK(names[0].name == "file");
    CHECK(names[0].attributes.bytes == 5U);
    CHECK(names[0].attributes.is_file());
    CHECK(names[1].name == ".");
    CHECK(names[2].name == "sub");
    CHECK(names[2].attributes.is_directory());
    CHECK(names[3].name == "..");
}

TEST_CASE("a request is built as the protocol has it")
{
    // OPEN of "/a" for reading, number 7, no attributes: by hand from
    // draft-ietf-secsh-filexfer-02, 6.3.
    PacketBuilder packet{{}, PacketType::open};
    packet.u32(7).text("/a").u32(open_flags::read).u32(0);
    const auto bytes_of = [](const Packet& built) {
        return io::Bytes{built.view().begin(), built.view().end()};
    };
    CHECK(bytes_of(packet.finish()) == from_hex("00000013"
                                                "03"
                                                "00000007"
                                                "00000002"
                                                "2f61"
                                                "00000001"
                                                "00000000"));
    // In a buffer that held another.
    PacketBuilder data{io::Bytes(100, std::byte{0xff}), PacketType::write};
    data.u32(8).text("h").u64(0x100000002ULL);
    const auto space = data.space(3);
    std::copy_n(io::view_of("xyz").begin(), 3, space.begin());
    CHECK(bytes_of(data.finish()) == from_hex("00000019"
                                              "06"
                                              "00000008"
                                              "00000001"
                                              "68"
                                              "0000000100000002"
                                              "00000003"
                                              "78797a"));
}

TEST_CASE("a packet is only taken once it is there whole")
{
    const auto packet =
        from_hex("0000001d6500000003000000020000000c4e6f20737563682066696c6500000000");
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes) {
        CAPTURE(bytes);
        CHECK_FALSE(find_frame(io::ByteView{packet}.first(bytes)).has_value());
    }
    CHECK(find_frame(packet).has_value());
}

TEST_CASE("what cannot be a packet is refused")
{
    // A login shell's "Welcome", an empty packet, one larger than all that is asked for.
    for (const std::string_view bytes : {"57656c636f6d65", "0000000001", "0100000001"}) {
        CAPTURE(bytes);
        CHECK_THROWS_AS((void)find_frame(from_hex(bytes)), Error);
    }
    // Cut short inside: each reader says so.
    for (const std::string_view content : {"", "00000001", "0000000100000005616263"}) {
        CAPTURE(content);
        const auto bytes = from_hex(content);
        PacketReader names{bytes};
        CHECK_THROWS_AS((void)parse_names(names), Error);
        PacketReader limits{bytes};
        CHECK_THROWS_AS((void)parse_limits(limits), Error);
    }
}
