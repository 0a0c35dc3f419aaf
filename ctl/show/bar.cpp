#include "ctl/show/bar.hpp"

#include "ctl/show/progress.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <vector>

namespace duplid::show {

namespace {

constexpr std::size_t bar_columns_min = 10;
constexpr std::size_t bar_columns_max = 60;

/// Filled from the left by eighths.
constexpr std::array<std::string_view, 8> eighths{"",       "\u258f", "\u258e", "\u258d",
                                                  "\u258c", "\u258b", "\u258a", "\u2589"};
constexpr std::string_view full_column = "\u2588";
constexpr std::string_view empty_column = "\u2591";

std::string repeated(std::string_view text, std::size_t times)
{
    std::string result;
    for (; times > 0; --times) {
        result += text;
    }
    return result;
}

std::string in_blocks(double fraction, std::size_t columns)
{
    const auto parts = static_cast<std::size_t>(
        std::lround(fraction * static_cast<double>(columns * eighths.size())));
    const auto full = std::min(columns, parts / eighths.size());
    const auto rest = full < columns ? eighths.at(parts % eighths.size()) : std::string_view{};
    return repeated(full_column, full) + std::string{rest} +
           repeated(empty_column, columns - full - (rest.empty() ? 0 : 1));
}

std::string in_ascii(double fraction, std::size_t columns)
{
    if (columns < 3) {
        return std::string(columns, ' ');
    }
    const auto inside = columns - 2;
    const auto full = std::min(
        inside, static_cast<std::size_t>(std::lround(fraction * static_cast<double>(inside))));
    return "[" + std::string(full, '#') + std::string(inside - full, '-') + "]";
}

/// A piece of the line; those of a higher rank go first when there is no room.
struct Piece {
    std::string text;
    int rank;
};

std::vector<Piece> pieces_of(const proto::ProgressFigures& figures)
{
    std::vector<Piece> pieces;
    const auto done = ctl::size_in_words(figures.bytes_done);
    const auto* const guess = figures.is_estimate ? "~" : "";
    pieces.push_back(
        {figures.bytes_expected > 0
             ? fmt::format("{} of {}{}", done, guess, ctl::size_in_words(figures.bytes_expected))
             : done,
         1});
    pieces.push_back({figures.files_expected > 0
                          ? fmt::format("{} of {}{}", figures.files_done, guess,
                                        counted(figures.files_expected, "file"))
                          : counted(figures.files_done, "file"),
                      2});
    if (figures.bytes_per_second > 0) {
        pieces.push_back({ctl::size_in_words(figures.bytes_per_second) + "/s", 3});
    }
    if (figures.eta_seconds) {
        pieces.push_back({time_left_in_words(*figures.eta_seconds), 0});
    }
    return pieces;
}

std::string joined(const std::vector<Piece>& pieces)
{
    std::string text;
    for (const auto& piece : pieces) {
        text += "  " + piece.text;
    }
    return text;
}

}  // namespace

std::string bar(double fraction, std::size_t columns, const Style& style)
{
    const auto held = std::clamp(fraction, 0.0, 1.0);
    return style.paint(Paint::busy,
                       style.utf8 ? in_blocks(held, columns) : in_ascii(held, columns));
}

double fraction_of(const proto::ProgressFigures& figures) noexcept
{
    constexpr double most = 0.99;
    if (figures.bytes_expected == 0) {
        return 0;
    }
    return std::min(most, static_cast<double>(figures.bytes_done) /
                              static_cast<double>(figures.bytes_expected));
}

std::string bar_line(std::string_view phase, const proto::ProgressFigures& figures,
                     std::size_t columns, const Style& style)
{
    const auto name = phase_in_words(phase);
    auto pieces = pieces_of(figures);
    const bool has_bar = figures.bytes_expected > 0;
    const auto percent = has_bar ? fmt::format(" {:3.0f}%", 100 * fraction_of(figures)) : "";
    const auto fixed = columns_of(name) + 1 + columns_of(percent);
    const auto least = fixed + (has_bar ? bar_columns_min : 0);
    while (!pieces.empty() && least + columns_of(joined(pieces)) > columns) {
        pieces.erase(std::ranges::max_element(pieces, {}, &Piece::rank));
    }
    const auto rest = joined(pieces);
    if (!has_bar || least > columns) {
        return cut(name + percent + rest, columns, style);
    }
    const auto room = std::min(bar_columns_max, columns - fixed - columns_of(rest));
    return name + " " + bar(fraction_of(figures), room, style) + percent + rest;
}

}  // namespace duplid::show
