#include "ctl/process/live_screen.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <unistd.h>

namespace duplid::ctl {

namespace {

// Sequences of xterm, which every terminal emulator of today understands (xterm's ctlseqs): the
// second screen, no cursor, and no wrapping, so that a line that is too wide spoils no other.
constexpr std::string_view enter_sequence = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
constexpr std::string_view leave_sequence = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::string_view to_top = "\x1b[H";
constexpr std::string_view clear_line = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

volatile std::sig_atomic_t stop_asked = 0;

void on_window(int) {}

void on_stop(int)
{
    stop_asked = 1;
}

/// Without SA_RESTART: poll() returns, and whoever waits looks around.
struct sigaction handled_by(void (*handler)(int))
{
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    return action;
}

void write_all(std::string_view text) noexcept
{
    while (!text.empty()) {
        const auto count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return;  // the terminal is gone; SIGHUP tells the rest of us
        }
        text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

}  // namespace

LiveScreen::LiveScreen()
{
    const auto window = handled_by(on_window);
    const auto stop = handled_by(on_stop);
    ::sigaction(SIGWINCH, &window, &window_before_);
    ::sigaction(SIGTSTP, &stop, &stop_before_);
    enter();
}

LiveScreen::~LiveScreen()
{
    leave();
    ::sigaction(SIGWINCH, &window_before_, nullptr);
    ::sigaction(SIGTSTP, &stop_before_, nullptr);
}

TerminalSize LiveScreen::size() noexcept
{
    return size_of_terminal(STDOUT_FILENO).value_or(TerminalSize{});
}

void LiveScreen::draw(const std::vector<std::string>& lines)
{
    const auto rows = size().rows;
    const auto shown = std::min(lines.size(), rows);
    std::string frame{to_top};
    for (std::size_t i = 0; i < shown; ++i) {
        frame += lines[i];
        frame += clear_line;
        // None after the last row: it would scroll the first one away.
        frame += i + 1 < rows ? "\r\n" : "";
    }
    if (shown < rows) {
        frame += clear_below;
    }
    write_all(frame);
}

bool LiveScreen::stand_still_if_asked()
{
    if (stop_asked == 0) {
        return false;
    }
    stop_asked = 0;
    leave();
    ::raise(SIGSTOP);
    // Here somebody has said "fg".
    enter();
    return true;
}

void LiveScreen::enter()
{
    write_all(enter_sequence);
}

void LiveScreen::leave() noexcept
{
    write_all(leave_sequence);
}

}  // namespace duplid::ctl
