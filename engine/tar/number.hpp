// Numbers in tar headers: octal text, base-256, and the decimal text of pax records.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace duplid::tar {

/// Writes `value` as `digits` octal digits, leading zeros included. It must fit.
void put_octal(std::byte* field, std::size_t digits, std::uint64_t value) noexcept;

/// Reads a numeric field: octal digits with blanks around them and a NUL or nothing behind; or,
/// when its first bit is set, GNU's base-256, a big-endian two's complement number in the
/// remaining bits. An empty field is 0. Nothing when it is neither or beyond 64 bits.
[[nodiscard]] std::optional<std::int64_t> number_in(io::ByteView field) noexcept;

/// Reads a decimal number without sign, the whole text. Nothing when it is none or too large.
[[nodiscard]] std::optional<std::uint64_t> decimal_in(std::string_view text) noexcept;

/// A time in a pax record: seconds since 1970 with an optional sign and fraction.
struct PaxTime {
    std::int64_t seconds;       ///< rounded down
    bool has_fraction;          ///< whether digits other than 0 stand behind the point
    std::uint32_t nanoseconds;  ///< to be added to `seconds`; below 1e9, what is finer is cut off
};
[[nodiscard]] std::optional<PaxTime> pax_time_in(std::string_view text) noexcept;

}  // namespace duplid::tar
