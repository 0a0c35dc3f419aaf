// A terminal's whole screen, drawn anew as things change.
#pragma once

#include "ctl/process/terminal_facts.hpp"

#include <csignal>
#include <string>
#include <vector>

namespace duplid::ctl {

/// While it lives, standard output shows frames on the terminal's second screen, without cursor;
/// what was there before comes back at its end, also when the user breaks in (Interrupts make that
/// an exception) or stops the process (Ctrl-Z).
/// Once in a process, and one thread: handlers of SIGWINCH and SIGTSTP, which only wake poll(), are
/// in place while it lives.
class LiveScreen {
public:
    LiveScreen();
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;
    ~LiveScreen();

    /// As it is now, whatever was done to the window.
    [[nodiscard]] static TerminalSize size() noexcept;

    /// Shows `lines` from the top, in one write, so that nothing flickers. What is too wide or too
    /// much for the window is left out.
    void draw(const std::vector<std::string>& lines);

    /// Stands still if the user asked for that with Ctrl-Z; true when the screen must be drawn.
    bool stand_still_if_asked();

private:
    static void enter();
    static void leave() noexcept;

    struct sigaction window_before_ {};
    struct sigaction stop_before_ {};
};

}  // namespace duplid::ctl
