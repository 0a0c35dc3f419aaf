#include "ctl/show/progress.hpp"

#include "ctl/show/text.hpp"
#include "ctl/size_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace duplid::show {

namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::seconds line_interval{10};

std::string time_left(std::uint64_t seconds)
{
    constexpr std::uint64_t per_hour = 3600;
    constexpr std::uint64_t per_minute = 60;
    if (seconds >= per_hour) {
        return fmt::format("{}:{:02}:{:02} left", seconds / per_hour,
                           seconds % per_hour / per_minute, seconds % per_minute);
    }
    return fmt::format("{}:{:02} left", seconds / per_minute, seconds % per_minute);
}

std::string bytes_done(const proto::ProgressFigures& figures)
{
    const auto done = ctl::size_in_words(figures.bytes_done);
    if (figures.bytes_expected == 0) {
        return done;
    }
    // Never 100 before the run says so itself: the manifest comes last.
    constexpr double percent_max = 99;
    const double percent = std::min(percent_max, 100 * static_cast<double>(figures.bytes_done) /
                                                     static_cast<double>(figures.bytes_expected));
    return fmt::format("{} of {} ({:.0f}%)", done, ctl::size_in_words(figures.bytes_expected),
                       percent);
}

std::size_t columns()
{
    constexpr std::size_t usual = 80;
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return usual;
    }
    return size.ws_col;
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

std::string progress_in_words(std::string_view phase, const proto::ProgressFigures& figures)
{
    auto text = phase_in_words(phase);
    text += text.empty() ? "" : ": ";
    text += bytes_done(figures);
    if (figures.files_expected > 0) {
        text +=
            fmt::format(", {} of {}", figures.files_done, counted(figures.files_expected, "file"));
    } else {
        text += ", " + counted(figures.files_done, "file");
    }
    if (figures.bytes_per_second > 0) {
        text += fmt::format(", {}/s", ctl::size_in_words(figures.bytes_per_second));
    }
    if (figures.eta_seconds) {
        text += ", " + time_left(*figures.eta_seconds);
    }
    return text;
}

ProgressLine::ProgressLine(bool enabled)
    : enabled_{enabled}, in_place_{::isatty(STDERR_FILENO) == 1}
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
    auto text = figures_ ? progress_in_words(phase_, *figures_) : phase_in_words(phase_);
    if (!in_place_) {
        print(text + "\n");
        return;
    }
    // A line that wraps could not be taken away again. All of it is ASCII.
    text.resize(std::min(text.size(), columns() - 1));
    print("\r" + text + "\x1b[K");
    visible_ = true;
}

}  // namespace duplid::show
