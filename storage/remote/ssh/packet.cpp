#include "storage/remote/ssh/packet.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <limits>

namespace duplid::ssh {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t names_max = 100'000;

// SSH_FILEXFER_ATTR_*
constexpr std::uint32_t has_size = 1;
constexpr std::uint32_t has_owner = 2;
constexpr std::uint32_t has_permissions = 4;
constexpr std::uint32_t has_times = 8;
constexpr std::uint32_t has_extended = 0x80000000U;

[[noreturn]] void refuse(const char* what)
{
    throw Error{Error::Kind::unreachable,
                std::string{"the server's sftp answer is malformed: "} + what};
}

void set_u32(io::ByteSpan into, std::uint32_t value)
{
    for (unsigned shift = 32; auto& byte : into.first(4)) {
        shift -= 8;
        byte = static_cast<std::byte>(value >> shift);
    }
}

std::uint32_t u32_at(io::ByteView bytes)
{
    std::uint32_t value = 0;
    for (const auto byte : bytes.first(4)) {
        value = value << 8U | std::to_integer<std::uint32_t>(byte);
    }
    return value;
}

}  // namespace

PacketBuilder::PacketBuilder(io::Bytes buffer, PacketType type) : packet_{std::move(buffer)}
{
    more(length_bytes + 1).back() = static_cast<std::byte>(type);
}

io::ByteSpan PacketBuilder::more(std::size_t bytes)
{
    const auto at = packet_.bytes;
    packet_.bytes += bytes;
    if (packet_.buffer.size() < packet_.bytes) {
        packet_.buffer.resize(packet_.bytes);
    }
    return io::ByteSpan{packet_.buffer}.subspan(at, bytes);
}

PacketBuilder& PacketBuilder::u32(std::uint32_t value)
{
    set_u32(more(sizeof value), value);
    return *this;
}

PacketBuilder& PacketBuilder::u64(std::uint64_t value)
{
    return u32(static_cast<std::uint32_t>(value >> 32U)).u32(static_cast<std::uint32_t>(value));
}

PacketBuilder& PacketBuilder::text(std::string_view text)
{
    std::ranges::copy(io::view_of(text), space(text.size()).begin());
    return *this;
}

io::ByteSpan PacketBuilder::space(std::size_t bytes)
{
    u32(static_cast<std::uint32_t>(bytes));
    return more(bytes);
}

Packet PacketBuilder::finish()
{
    set_u32(packet_.buffer, static_cast<std::uint32_t>(packet_.bytes - length_bytes));
    return std::move(packet_);
}

io::ByteView PacketReader::take(std::size_t count)
{
    if (left_.size() < count) {
        refuse("it is too short");
    }
    const auto taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
}

std::uint32_t PacketReader::u32()
{
    return u32_at(take(4));
}

std::uint64_t PacketReader::u64()
{
    const std::uint64_t high = u32();
    return high << 32U | u32();
}

io::ByteView PacketReader::bytes()
{
    return take(u32());
}

Attributes parse_attributes(PacketReader& reader)
{
    Attributes attributes;
    const auto flags = reader.u32();
    if ((flags & has_size) != 0) {
        attributes.bytes = reader.u64();
    }
    if ((flags & has_owner) != 0) {
        static_cast<void>(reader.u64());
    }
    if ((flags & has_permissions) != 0) {
        attributes.mode = reader.u32();
    }
    if ((flags & has_times) != 0) {
        static_cast<void>(reader.u32());
        attributes.modified = reader.u32();
    }
    if ((flags & has_extended) != 0) {
        for (auto count = reader.u32(); count > 0; --count) {
            static_cast<void>(reader.bytes());
            static_cast<void>(reader.bytes());
        }
    }
    return attributes;
}

std::vector<NameEntry> parse_names(PacketReader& reader)
{
    const auto count = reader.u32();
    if (count > names_max) {
        refuse("more names than a packet can hold");
    }
    std::vector<NameEntry> entries;
    for (std::uint32_t number = 0; number < count; ++number) {
        NameEntry entry;
        entry.name = reader.text();
        static_cast<void>(reader.bytes());  // the line that "ls -l" would show
        entry.attributes = parse_attributes(reader);
        entries.push_back(std::move(entry));
    }
    return entries;
}

Status parse_status(PacketReader& reader)
{
    Status status;
    status.code = static_cast<StatusCode>(reader.u32());
    // Some old servers send the number alone.
    if (!reader.at_end()) {
        status.words = reader.text();
    }
    return status;
}

Version parse_version(PacketReader& reader)
{
    Version version;
    version.number = reader.u32();
    while (!reader.at_end()) {
        const auto name = reader.text();
        const auto data = reader.text();
        version.has_posix_rename |= name == "posix-rename@openssh.com" && data == "1";
        version.has_fsync |= name == "fsync@openssh.com" && data == "1";
        version.has_statvfs |= name == "statvfs@openssh.com" && data == "2";
        version.has_limits |= name == "limits@openssh.com" && data == "1";
    }
    return version;
}

Limits parse_limits(PacketReader& reader)
{
    Limits limits;
    limits.packet_bytes = reader.u64();
    limits.read_bytes = reader.u64();
    limits.write_bytes = reader.u64();
    return limits;
}

std::uint64_t parse_free_bytes(PacketReader& reader)
{
    // f_bsize, f_frsize, f_blocks, f_bfree, f_bavail: PROTOCOL of OpenSSH, section 4.4.
    static_cast<void>(reader.u64());
    const auto fragment = reader.u64();
    static_cast<void>(reader.u64());
    static_cast<void>(reader.u64());
    const auto available = reader.u64();
    constexpr auto all = std::numeric_limits<std::uint64_t>::max();
    return fragment != 0 && available > all / fragment ? all : fragment * available;
}

std::size_t frame_bytes(io::ByteView received)
{
    if (received.size() <= length_bytes) {
        return length_bytes + 1;
    }
    const std::size_t bytes = u32_at(received);
    if (bytes == 0 || bytes > packet_bytes_max) {
        refuse("a packet of impossible size");
    }
    return length_bytes + bytes;
}

std::optional<Frame> find_frame(io::ByteView received)
{
    const auto bytes = frame_bytes(received);
    if (received.size() < bytes) {
        return std::nullopt;
    }
    return Frame{static_cast<PacketType>(received[length_bytes]),
                 received.first(bytes).subspan(length_bytes + 1), bytes};
}

}  // namespace duplid::ssh
