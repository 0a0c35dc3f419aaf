// Runs and the daemon's own state, for people.
#pragma once

#include "proto/run.hpp"
#include "proto/session.hpp"

#include <span>
#include <string>
#include <string_view>

namespace duplid::show {

/// A table, one line a run; a sentence when there is none.
[[nodiscard]] std::string run_table(std::span<const proto::RunSummary> runs);

/// Everything about one run, one fact a line.
[[nodiscard]] std::string run_details(const proto::RunShowReply& reply);

/// "paused by ann until 2026-12-01 12:00:00".
[[nodiscard]] std::string pause_in_words(const proto::RunPause& pause);

[[nodiscard]] std::string daemon_status(const proto::StatusReply& status);

/// Words for the values of a proto enumeration: "running", "backup".
template <class Enum>
[[nodiscard]] std::string_view word_for(Enum value)
{
    for (const auto& choice : choices_of(value)) {
        if (choice.value == static_cast<int>(value)) {
            return choice.name;
        }
    }
    return "other";
}

}  // namespace duplid::show
