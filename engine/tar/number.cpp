#include "engine/tar/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace duplid::tar {

namespace {

constexpr std::size_t nanosecond_digits = 9;
constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;

std::optional<std::int64_t> base_256_in(io::ByteView field) noexcept
{
    // The first bit only marks the format; the second one is the sign, so that with it set the
    // first byte is a negative number as it stands.
    const auto first = std::to_integer<std::uint8_t>(field[0]);
    const bool negative = (first & 0x40U) != 0;
    std::int64_t value = negative ? std::int64_t{first} - 0x100 : std::int64_t{first} - 0x80;
    for (const std::byte byte : field.subspan(1)) {
        if (value > std::numeric_limits<std::int64_t>::max() / 256 ||
            value < std::numeric_limits<std::int64_t>::min() / 256) {
            return std::nullopt;
        }
        value = value * 256 + std::to_integer<std::uint8_t>(byte);
    }
    return value;
}

std::optional<std::int64_t> octal_in(std::string_view text) noexcept
{
    text = text.substr(0, text.find('\0'));
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return 0;
    }
    text = text.substr(first, text.find_last_not_of(' ') + 1 - first);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    // A field has at most twelve digits, so the value always fits.
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(value);
}

}  // namespace

void put_octal(std::byte* field, std::size_t digits, std::uint64_t value) noexcept
{
    for (std::size_t at = digits; at-- > 0; value >>= 3U) {
        field[at] = static_cast<std::byte>('0' + (value & 7U));
    }
}

std::optional<std::int64_t> number_in(io::ByteView field) noexcept
{
    const bool is_base_256 = (field[0] & std::byte{0x80}) != std::byte{0};
    return is_base_256 ? base_256_in(field) : octal_in(io::text_of(field));
}

std::optional<std::uint64_t> decimal_in(std::string_view text) noexcept
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<PaxTime> pax_time_in(std::string_view text) noexcept
{
    const bool negative = text.starts_with('-');
    if (negative) {
        text.remove_prefix(1);
    }
    const auto point = text.find('.');
    const auto seconds = decimal_in(text.substr(0, point));
    if (!seconds || *seconds >= static_cast<std::uint64_t>(INT64_MAX)) {
        return std::nullopt;
    }
    bool has_fraction = false;
    std::uint32_t nanoseconds = 0;
    if (point != std::string_view::npos) {
        const auto fraction = text.substr(point + 1);
        if (fraction.find_first_not_of("0123456789") != std::string_view::npos) {
            return std::nullopt;
        }
        has_fraction = fraction.find_first_not_of('0') != std::string_view::npos;
        for (std::size_t digit = 0; digit < nanosecond_digits; ++digit) {
            nanoseconds =
                nanoseconds * 10 +
                (digit < fraction.size() ? static_cast<unsigned>(fraction[digit] - '0') : 0U);
        }
    }
    const auto whole = static_cast<std::int64_t>(*seconds);
    if (!negative || !has_fraction) {
        return PaxTime{negative ? -whole : whole, has_fraction, nanoseconds};
    }
    // What is left of a second above the next lower one; of less than a nanosecond, all but one.
    return PaxTime{-whole - 1, true, nanoseconds_per_second - std::max(nanoseconds, 1U)};
}

}  // namespace duplid::tar
