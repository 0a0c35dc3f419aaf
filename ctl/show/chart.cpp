#include "ctl/show/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace duplid::show {

namespace {

/// Signs for a cell by how much of it is filled, from nothing to all.
constexpr std::array<std::string_view, 9> blocks{" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                                 "\u2585", "\u2586", "\u2587", "\u2588"};
constexpr std::array<std::string_view, 4> letters{" ", ".", ":", "#"};
constexpr std::size_t column_max = 3;

std::span<const std::string_view> signs_of(const Style& style) noexcept
{
    return style.utf8 ? std::span<const std::string_view>{blocks}
                      : std::span<const std::string_view>{letters};
}

/// Less than 0 when none is there.
double largest_of(std::span<const std::optional<double>> amounts)
{
    double largest = -1;
    for (const auto& amount : amounts) {
        largest = std::max(largest, amount.value_or(-1));
    }
    return largest;
}

/// How high a column is, in parts of a cell. What is there at all can be seen.
std::size_t height_of(double amount, double largest, std::size_t parts) noexcept
{
    if (amount <= 0 || largest <= 0) {
        return 0;
    }
    const auto height =
        static_cast<std::size_t>(std::lround(amount / largest * static_cast<double>(parts)));
    return std::clamp<std::size_t>(height, 1, parts);
}

/// Columns of the screen that one amount takes, a blank behind it included where there is room.
std::size_t width_for(std::size_t amounts, std::size_t room) noexcept
{
    return std::clamp<std::size_t>(room / std::max<std::size_t>(amounts, 1), 1, column_max);
}

std::string cell(std::string_view sign, std::size_t width)
{
    std::string text;
    for (std::size_t i = 0; i < std::max<std::size_t>(width - 1, 1); ++i) {
        text += sign;
    }
    return width > 1 ? text + " " : text;
}

}  // namespace

std::string chart(std::span<const std::optional<double>> amounts, const ChartLook& look)
{
    // With a margin for the largest of all: which of them are shown depends on it.
    const auto widest = largest_of(amounts);
    const auto margin = widest < 0 ? 0 : columns_of(look.in_words(widest)) + 2;
    const auto room = std::max<std::size_t>(look.columns, margin + 1) - margin;
    const auto shown = amounts.last(std::min(amounts.size(), room));
    const auto largest = largest_of(shown);
    if (largest < 0) {
        return "";
    }
    const auto top = look.in_words(largest);
    const auto width = width_for(shown.size(), room);
    const auto signs = signs_of(look.style);
    const auto parts = signs.size() - 1;

    auto text = look.style.paint(Paint::strong, look.title) + "\n";
    for (std::size_t row = look.rows; row-- > 0;) {
        const auto label = row + 1 == look.rows ? top : row == 0 ? std::string{"0"} : "";
        std::string bars;
        for (const auto& amount : shown) {
            if (!amount) {
                const auto cross = look.style.utf8 ? "\u00d7" : "x";
                bars += row == 0 ? look.style.paint(Paint::bad, cross) + std::string(width - 1, ' ')
                                 : std::string(width, ' ');
                continue;
            }
            const auto height = height_of(*amount, largest, look.rows * parts);
            const auto filled = height > row * parts ? std::min(height - row * parts, parts) : 0;
            bars += look.style.paint(filled > 0 ? Paint::busy : Paint::plain,
                                     cell(signs[filled], width));
        }
        const auto end = bars.find_last_not_of(' ');
        bars.resize(end == std::string::npos ? 0 : end + 1);
        text += fmt::format(
            "{}{} {}{}\n", std::string(margin - std::min(margin, columns_of(label) + 2), ' '),
            look.style.paint(Paint::faint, label), look.style.utf8 ? "\u2502" : "|", bars);
    }
    return text;
}

}  // namespace duplid::show
