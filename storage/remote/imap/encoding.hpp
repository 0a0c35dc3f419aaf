// Base64 as mails carry it: lines of 76 characters (RFC 2045, 6.8).
#pragma once

#include "storage/io/sink.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace duplid::imap {

inline constexpr std::size_t line_bytes = 57;       ///< that one line stands for
inline constexpr std::size_t line_characters = 76;  ///< without its CRLF
inline constexpr std::size_t line_octets = line_characters + 2;

/// How long `bytes` bytes become, the CRLF after each line counted.
[[nodiscard]] std::uint64_t encoded_octets(std::uint64_t bytes) noexcept;

/// Appends `bytes` as lines, the last one possibly shorter. Of a longer content each piece but the
/// last must be a multiple of `line_bytes`.
void encode_lines(io::ByteView bytes, std::string& to);

/// Passes on what the characters written to it stand for; blanks and line breaks are skipped.
class Base64Decoder final : public io::Sink {
public:
    /// `name` is for errors. `next` outlives it and is not finished.
    Base64Decoder(io::Sink& next, std::string name) : next_{next}, name_{std::move(name)} {}

    /// Throws: Error corrupt for what is no Base64.
    void write(io::ByteView characters) override;
    /// Throws: Error corrupt when it ends in the middle.
    void finish() override;
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    io::Sink& next_;
    std::string name_;
    std::string waiting_;     ///< characters without blanks: of a group that is not whole yet
    bool has_ended_ = false;  ///< there was padding
    std::uint64_t bytes_ = 0;
};

}  // namespace duplid::imap
