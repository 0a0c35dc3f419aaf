#include "ctl/text/size_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace duplid::ctl {

namespace {

void append_part(std::string& text, std::string_view amount, std::string_view unit)
{
    if (!text.empty()) {
        text += ' ';
    }
    text += fmt::format("{} {}{}", amount, unit, amount == "1" ? "" : "s");
}

}  // namespace

std::string size_in_words(std::uint64_t bytes)
{
    constexpr double unit_factor = 1024;
    constexpr std::array<std::string_view, 4> units{"KB", "MB", "GB", "TB"};
    if (bytes == 1) {
        return "1 byte";
    }
    if (bytes < static_cast<std::uint64_t>(unit_factor)) {
        return fmt::format("{} bytes", bytes);
    }
    double amount = static_cast<double>(bytes) / unit_factor;
    const auto* unit = units.begin();
    while (amount >= unit_factor && unit + 1 != units.end()) {
        amount /= unit_factor;
        ++unit;
    }
    // The digits are chosen before rounding: hence "10.00 KB" for 10239 bytes, "10.0 KB" for 10240.
    const int decimals = amount < 10 ? 2 : amount < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}", amount, decimals, *unit);
}

std::string elapsed_in_words(double seconds)
{
    constexpr double per_hour = 3600;
    constexpr double per_minute = 60;
    seconds = std::max(seconds, 0.0);
    const double hours = std::floor(seconds / per_hour);
    const double minutes = std::floor((seconds - hours * per_hour) / per_minute);
    const double rest = seconds - hours * per_hour - minutes * per_minute;
    std::string text;
    if (hours > 0) {
        append_part(text, fmt::format("{:.0f}", hours), "hour");
    }
    if (minutes > 0) {
        append_part(text, fmt::format("{:.0f}", minutes), "minute");
    }
    if (rest > 0 || text.empty()) {
        const bool whole = rest == std::floor(rest);
        append_part(text, fmt::format("{:.{}f}", rest, whole ? 0 : 2), "second");
    }
    return text;
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept
{
    constexpr std::string_view units = "KMGTkmgt";
    constexpr std::size_t unit_count = units.size() / 2;
    constexpr std::size_t bits_per_unit = 10;
    std::size_t shift = 0;
    if (!text.empty()) {
        if (const auto unit = units.find(text.back()); unit != std::string_view::npos) {
            shift = (unit % unit_count + 1) * bits_per_unit;
            text.remove_suffix(1);
        }
    }
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end ||
        number > std::numeric_limits<std::uint64_t>::max() >> shift) {
        return std::nullopt;
    }
    return number << shift;
}

}  // namespace duplid::ctl
