// OpenPGP packets (RFC 4880 section 4) around content, without any cryptography.
//
// gpg compresses at 40 MB/s. Therefore we make the packets that belong inside the encryption
// ourselves and let gpg only encrypt them (performance.md 3, "Encryption"):
//
//     A3 01                             compressed packet, indeterminate length, ZIP (raw deflate)
//       deflate of:
//       CB                              literal packet, with partial lengths
//       E9 'b' 00 00 00 00 00 <506>     512 bytes: binary, no name, no date, content
//       F4 <2^20 bytes>  E0 <1 byte>    a partial length is a power of two: E0 + its exponent
//       00                              the final length, of nothing
//
// The same packets are what `gpg --unwrap` gives back, so reading needs no inflating by gpg either.
#pragma once

#include "engine/codec/deflate.hpp"
#include "storage/io/source.hpp"

#include <array>
#include <memory>
#include <span>
#include <vector>

namespace duplid::codec {

/// What opens the stream, before the first deflated chunk.
inline constexpr std::array<std::byte, 2> compressed_packet_head{std::byte{0xA3}, std::byte{0x01}};

/// What closes it, behind the last deflated chunk: a final block with fixed codes that holds the
/// literal packet's last length, 00. (It takes the place of `stream_end`.)
inline constexpr std::array<std::byte, 3> literal_packet_end{std::byte{0x63}, std::byte{0x00},
                                                             std::byte{0x00}};

/// Cuts chunks of content into partial bodies of one literal packet. Each chunk is framed by
/// itself, so that chunks can be framed and deflated on any thread.
class LiteralFramer {
public:
    /// RFC 4880 4.2.2.4: the first partial length is at least this.
    static constexpr std::size_t first_chunk_bytes_min = 512;

    /// The pieces to deflate for `chunk`: lengths (and with `first` the packet's beginning), kept
    /// here, and parts of `chunk` itself, not copied. Valid until the next call.
    /// `chunk` must not be empty, and `first` needs at least first_chunk_bytes_min bytes.
    [[nodiscard]] std::span<const io::ByteView> frame(io::ByteView chunk, bool first);

private:
    std::vector<std::byte> lengths_;
    std::vector<io::ByteView> pieces_;
};

/// Packets before and behind the literal one that sign its content (encryptor.hpp); both empty
/// without a signature.
struct SignaturePackets {
    io::ByteView one_pass;
    io::ByteView signature;
};

/// As literal_packet_end, for content whose signature packet follows.
[[nodiscard]] io::Bytes signed_packet_end(io::ByteView signature, Engine engine = fastest_engine());

/// The whole stream of packets for a small content of any length, such as a manifest.
/// Throws: Error invalid when it is 4 GiB or more.
[[nodiscard]] io::Bytes packets_of(io::ByteView content, Level level, SignaturePackets packets = {},
                                   Engine engine = fastest_engine());

class PacketBody;

/// The content of a literal packet, alone or inside one compressed packet (uncompressed, ZIP or
/// ZLIB), with lengths in all of their forms: what gpg itself and we put inside the encryption.
class PacketSource final : public io::Source {
public:
    /// `packets` must outlive this object. Reads up to the content's beginning. Null when the
    /// packets are well-formed as far as seen but not for us: a signature, BZIP2, or another kind;
    /// gpg has to decrypt the file by itself then.
    /// Throws: Error corrupt; whatever `packets` throws.
    [[nodiscard]] static std::unique_ptr<PacketSource> open(io::Source& packets,
                                                            Engine engine = fastest_engine());
    ~PacketSource() override;

    /// Throws: Error corrupt on damage, on truncation, and when anything follows the literal
    /// packet; whatever `packets` throws.
    std::size_t read(io::ByteSpan into) override;

private:
    explicit PacketSource(io::Source& packets);

    [[nodiscard]] bool open_compressed(Engine engine);
    [[nodiscard]] bool open_literal();
    void finish();

    io::Source& packets_;
    // From the outside in; each reads the one before it. The first is there only for a compressed
    // packet, the second only if its content is deflated.
    std::unique_ptr<PacketBody> compressed_;
    std::unique_ptr<io::Source> inflated_;
    std::unique_ptr<PacketBody> literal_;
    bool ended_ = false;
};

}  // namespace duplid::codec
