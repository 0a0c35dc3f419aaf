#include "ctl/size_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

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

}  // namespace duplid::ctl
