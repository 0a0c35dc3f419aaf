// One line that says how far a run is.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/run.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::show {

/// "backing up", for a phase's name on the wire; an unknown one with blanks for underscores.
[[nodiscard]] std::string phase_in_words(std::string_view phase);

/// "backing up: 1.43 MB of 11.4 MB (12%), 3 of 9 files, 1.20 MB/s, 0:08 left": what is known.
[[nodiscard]] std::string progress_in_words(std::string_view phase,
                                            const proto::ProgressFigures& figures);

/// "0:08 left", "1:02:05 left".
[[nodiscard]] std::string time_left_in_words(std::uint64_t seconds);

/// Draws the line on standard error: with a bar and in place on a terminal, at most five times a
/// second; else as whole lines, at most one in ten seconds. Not drawn at all unless `enabled`.
class ProgressLine {
public:
    using Clock = std::chrono::steady_clock;

    ProgressLine(bool enabled, Style style);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    void phase(std::string_view phase);
    void figures(const proto::ProgressFigures& figures);

    /// Takes the line away, before anything else is printed. The next figures bring it back.
    void clear();

private:
    void draw(bool at_once);

    bool enabled_;
    Style style_;
    bool in_place_;
    bool visible_ = false;
    std::string phase_;
    std::optional<proto::ProgressFigures> figures_;
    std::optional<Clock::time_point> drawn_;
};

}  // namespace duplid::show
