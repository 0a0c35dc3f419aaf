// The head of an OpenPGP packet and the lengths of its body. Used inside this folder only.
#pragma once

#include "storage/io/source.hpp"

#include <cstdint>
#include <memory>

namespace duplid::codec {

// RFC 4880 section 4.3.
inline constexpr unsigned packet_tag_compressed = 8;
inline constexpr unsigned packet_tag_literal = 11;

/// The body of one packet, its lengths removed: fixed, partial (new format only) or indeterminate
/// (old format only). RFC 4880 section 4.2.
class PacketBody final : public io::Source {
public:
    /// Reads the head of the packet at the front of `packets`, which must outlive this object.
    /// Null when nothing is there. Throws: Error corrupt.
    [[nodiscard]] static std::unique_ptr<PacketBody> open(io::Source& packets);

    [[nodiscard]] unsigned tag() const noexcept { return tag_; }

    /// Throws: Error corrupt when `packets` ends inside the body.
    std::size_t read(io::ByteSpan into) override;

private:
    explicit PacketBody(io::Source& packets) noexcept : packets_{packets} {}

    void read_old_length(unsigned type);
    void read_new_length();

    io::Source& packets_;
    unsigned tag_ = 0;
    std::uint64_t left_ = 0;      // of this part
    bool more_parts_ = false;     // another length follows this part
    bool indeterminate_ = false;  // all there is
};

/// The next byte. Throws: Error corrupt at the end.
[[nodiscard]] std::byte take_byte(io::Source& source);

}  // namespace duplid::codec
