// The packets of SFTP version 3: building requests, taking replies apart.
//
// Format facts: draft-ietf-secsh-filexfer-02 (version 3), and OpenSSH's PROTOCOL file for the
// extensions posix-rename, fsync, statvfs, hardlink and limits @openssh.com. The vectors of the
// unit test were written down from what OpenSSH 9.2's sftp and sftp-server said to each other.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ssh {

enum class PacketType : std::uint8_t {
    init = 1,
    version = 2,
    open = 3,
    close = 4,
    read = 5,
    write = 6,
    lstat = 7,
    fstat = 8,
    opendir = 11,
    readdir = 12,
    remove = 13,
    mkdir = 14,
    stat = 17,
    rename = 18,
    status = 101,
    handle = 102,
    data = 103,
    name = 104,
    attributes = 105,
    extended = 200,
    extended_reply = 201,
};

/// SSH_FX_* codes.
enum class StatusCode : std::uint32_t {
    ok = 0,
    eof = 1,
    no_such_file = 2,
    permission_denied = 3,
    failure = 4,
    bad_message = 5,
    no_connection = 6,
    connection_lost = 7,
    unsupported = 8,
    // Of later versions, which some servers send all the same.
    file_already_exists = 11,
    write_protect = 12,
    no_space = 14,
    quota_exceeded = 15,
};

/// SSH_FXF_* flags of OPEN.
namespace open_flags {
inline constexpr std::uint32_t read = 1;
inline constexpr std::uint32_t write = 2;
inline constexpr std::uint32_t create = 8;
inline constexpr std::uint32_t truncate = 16;
inline constexpr std::uint32_t exclusive = 32;
}  // namespace open_flags

/// A request to be sent. The buffer may be longer than it: one that is used again would be cleared
/// by every change of its size.
struct Packet {
    io::Bytes buffer;
    std::size_t bytes = 0;

    [[nodiscard]] io::ByteView view() const noexcept { return io::ByteView{buffer}.first(bytes); }
};

/// Builds one request in a buffer that may have been used before, whatever is in it.
class PacketBuilder {
public:
    PacketBuilder(io::Bytes buffer, PacketType type);

    PacketBuilder& u32(std::uint32_t value);
    PacketBuilder& u64(std::uint64_t value);
    PacketBuilder& text(std::string_view text);
    /// A string of `bytes` bytes that the caller fills, before the next call here.
    [[nodiscard]] io::ByteSpan space(std::size_t bytes);
    /// The packet with its length in front.
    [[nodiscard]] Packet finish();

private:
    [[nodiscard]] io::ByteSpan more(std::size_t bytes);

    Packet packet_;
};

/// Takes the content of one packet, without length and type, apart from its front.
/// Throws: Error unreachable when it is shorter than it says.
class PacketReader {
public:
    explicit PacketReader(io::ByteView content) noexcept : left_{content} {}

    [[nodiscard]] std::uint32_t u32();
    [[nodiscard]] std::uint64_t u64();
    [[nodiscard]] io::ByteView bytes();
    [[nodiscard]] std::string text() { return std::string{io::text_of(bytes())}; }
    [[nodiscard]] bool at_end() const noexcept { return left_.empty(); }

private:
    [[nodiscard]] io::ByteView take(std::size_t count);

    io::ByteView left_;
};

/// What a server tells of a file; it may leave out any of it.
struct Attributes {
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint32_t> mode;
    std::optional<std::uint32_t> modified;  ///< seconds since 1970

    [[nodiscard]] bool is_directory() const noexcept { return has_type(0040000); }
    [[nodiscard]] bool is_link() const noexcept { return has_type(0120000); }
    /// True, too, where the server does not say.
    [[nodiscard]] bool is_file() const noexcept { return !mode || has_type(0100000); }

private:
    [[nodiscard]] bool has_type(std::uint32_t type) const noexcept
    {
        return mode && (*mode & 0170000U) == type;
    }
};

struct NameEntry {
    std::string name;
    Attributes attributes;
};

struct Status {
    StatusCode code = StatusCode::failure;
    std::string words;  ///< the server's own, possibly none
};

/// What a server offers, from its VERSION packet.
struct Version {
    std::uint32_t number = 0;
    bool has_posix_rename = false;
    bool has_fsync = false;
    bool has_statvfs = false;
    bool has_limits = false;
};

/// The reply to limits@openssh.com; 0 is "not told".
struct Limits {
    std::uint64_t packet_bytes = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t write_bytes = 0;
};

/// Each takes the content behind the request's number (Version: behind the type).
/// Throw: Error unreachable for what is malformed.
[[nodiscard]] Attributes parse_attributes(PacketReader& reader);
[[nodiscard]] std::vector<NameEntry> parse_names(PacketReader& reader);
[[nodiscard]] Status parse_status(PacketReader& reader);
[[nodiscard]] Version parse_version(PacketReader& reader);
[[nodiscard]] Limits parse_limits(PacketReader& reader);
/// Bytes that this account may still write, from a reply to statvfs@openssh.com.
[[nodiscard]] std::uint64_t parse_free_bytes(PacketReader& reader);

/// One packet found at the front of what was received.
struct Frame {
    PacketType type;
    io::ByteView content;  ///< behind the type
    std::size_t bytes;     ///< of the whole packet, its length included
};

/// How many bytes the packet at the front of `received` has, its length included; as many as tell
/// that, until they are there. Throws: as find_frame().
[[nodiscard]] std::size_t frame_bytes(io::ByteView received);

/// The packet at the front of `received`, once it is there whole.
/// Throws: Error unreachable for a packet without type or of more than packet_bytes_max.
[[nodiscard]] std::optional<Frame> find_frame(io::ByteView received);

/// No packet that we ask for is larger.
inline constexpr std::size_t packet_bytes_max = std::size_t{512} << 10U;

}  // namespace duplid::ssh
