// Runs, for people.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/run.hpp"

#include <span>
#include <string>
#include <string_view>

namespace duplid::show {

/// What a state means at a glance.
[[nodiscard]] Paint paint_of(proto::RunState state) noexcept;

/// A table, one line a run; a sentence when there is none.
[[nodiscard]] std::string run_table(std::span<const proto::RunSummary> runs);

/// Everything about one run, one fact a line.
[[nodiscard]] std::string run_details(const proto::RunShowReply& reply);

/// "paused by ann until 2026-12-01 12:00:00".
[[nodiscard]] std::string pause_in_words(const proto::RunPause& pause);

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
