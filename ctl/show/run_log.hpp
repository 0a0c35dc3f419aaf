// What a run said, line by line.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/event.hpp"
#include "proto/run.hpp"

#include <optional>
#include <string>

namespace duplid::show {

struct EventText {
    Paint paint = Paint::plain;
    std::string text;  ///< one line, without control characters
    std::string hint;  ///< what to do; may be empty
};

/// What an event says to people. Nothing for progress, and for those of which there are notes.
[[nodiscard]] std::optional<EventText> text_of(const proto::Event& event);

/// "2026-11-22 10:15:02  warning: cannot be read: /home/ada/x", with a second line for a hint.
/// Empty for events that say nothing to people.
[[nodiscard]] std::string log_line(const proto::Event& event, const Style& style);

/// "Run 12: backup of home, file:///media/disk".
[[nodiscard]] std::string log_heading(const proto::RunSummary& run, const Style& style);

}  // namespace duplid::show
