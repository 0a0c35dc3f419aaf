// The one shape in which bytes travel, and the few conversions to and from text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace duplid::io {

/// Bytes that somebody else owns and that this call may read.
using ByteView = std::span<const std::byte>;
/// Bytes that somebody else owns and that this call may fill.
using ByteSpan = std::span<std::byte>;
/// Bytes owned here.
using Bytes = std::vector<std::byte>;

[[nodiscard]] inline ByteView view_of(std::string_view text) noexcept
{
    return std::as_bytes(std::span{text.data(), text.size()});
}

[[nodiscard]] inline std::string_view text_of(ByteView bytes) noexcept
{
    // Any object may be read through char; nothing is copied.
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(Bytes& to, ByteView bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace duplid::io
