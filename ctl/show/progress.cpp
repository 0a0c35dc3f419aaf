#include "ctl/show/progress.hpp"

#include "ctl/process/terminal_facts.hpp"
#include "ctl/show/bar.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::show {

namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::seconds line_interval{10};

std::string_view guess_sign(const proto::ProgressFigures& figures)
{
    return figures.is_estimate ? "~" : "";
}

std::string bytes_done(const proto::ProgressFigures& figures)
{
    const auto done = ctl::size_in_words(figures.bytes_done);
    if (figures.bytes_expected == 0) {
        return done;
    }
    return fmt::format("{} of {}{} ({:.0f}%)", done, guess_sign(figures),
                       ctl::size_in_words(figures.bytes_expected), 100 * fraction_of(figures));
}

void print(const std::string& text)
{
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
}

}  // namespace

std::string phase_in_words(std::string_view phase)
{
    auto words = printable(phase);
    std::ranges::replace(words, '_', ' ');
    return words;
}

std::string time_left_in_words(std::uint64_t seconds)
{
    constexpr std::uint64_t per_hour = 3600;
    constexpr std::uint64_t per_minute = 60;
    if (seconds >= per_hour) {
        return fmt::format("{}:{:02}:{:02} left", seconds / per_hour,
                           seconds % per_hour / per_minute, seconds % per_minute);
    }
    return fmt::format("{}:{:02} left", seconds / per_minute, seconds % per_minute);
}

std::string progress_in_words(std::string_view phase, const proto::ProgressFigures& figures)
{
    auto text = phase_in_words(phase);
    text += text.empty() ? "" : ": ";
    text += bytes_done(figures);
    if (figures.files_expected > 0) {
        text += fmt::format(", {} of {}{}", figures.files_done, guess_sign(figures),
                            counted(figures.files_expected, "file"));
    } else {
        text += ", " + counted(figures.files_done, "file");
    }
    if (figures.bytes_per_second > 0) {
        text += fmt::format(", {}/s", ctl::size_in_words(figures.bytes_per_second));
    }
    if (figures.eta_seconds) {
        text += ", " + time_left_in_words(*figures.eta_seconds);
    }
    return text;
}

ProgressLine::ProgressLine(bool enabled, Style style)
    : enabled_{enabled}, style_{style}, in_place_{::isatty(STDERR_FILENO) == 1}
{
}

void ProgressLine::phase(std::string_view phase)
{
    phase_ = phase;
    draw(in_place_);
}

void ProgressLine::figures(const proto::ProgressFigures& figures)
{
    figures_ = figures;
    draw(false);
}

void ProgressLine::clear()
{
    if (visible_) {
        print("\r\x1b[K");
        visible_ = false;
    }
}

void ProgressLine::draw(bool at_once)
{
    const auto now = Clock::now();
    const auto interval = in_place_ ? Clock::duration{terminal_interval} : line_interval;
    if (!enabled_ || (!at_once && drawn_ && now - *drawn_ < interval)) {
        return;
    }
    drawn_ = now;
    if (!in_place_) {
        const auto text = figures_ ? progress_in_words(phase_, *figures_) : phase_in_words(phase_);
        print(text + "\n");
        return;
    }
    // A line that wraps could not be taken away again.
    const auto columns = ctl::size_of_terminal(STDERR_FILENO).value_or(ctl::TerminalSize{}).columns;
    const auto text = figures_ ? bar_line(phase_, *figures_, columns - 1, style_)
                               : cut(phase_in_words(phase_), columns - 1, style_);
    print("\r" + text + "\x1b[K");
    visible_ = true;
}

}  // namespace duplid::show
