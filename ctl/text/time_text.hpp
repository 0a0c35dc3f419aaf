// Time strings as people type them, and local times as people read them.
//
// Grammar and its order of trial: command-line.md 7; golden file: time-strings.json (201 strings
// put to duplicity 0.8.22 in six time zones).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::ctl {

/// The epoch second that `text` stands for, or nothing if it is no time string.
///
/// `now` is the second that "now" and intervals ("3D", "1h78m") count from. Times without a zone
/// are read with the local zone's standard offset, never with summer time, as duplicity does.
/// `separator` stands between hour, minute and second (--time-separator).
/// The result may lie before 1970. Reads TZ through localtime_r(); one thread at a time.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now,
                                                     char separator = ':');

/// Local time in the form of C's asctime without the newline: "Sat Nov 21 21:03:10 2026".
/// Seconds that have no calendar date are printed as a number.
[[nodiscard]] std::string local_time_text(std::int64_t epoch);

/// Local time in a form that sorts and takes less room: "2026-11-21 21:03:10".
[[nodiscard]] std::string short_time_text(std::int64_t epoch);
/// The same to the minute.
[[nodiscard]] std::string minute_text(std::int64_t epoch);

/// How long something took: "0:08", "12:34", "1:02:05".
[[nodiscard]] std::string duration_text(std::int64_t seconds);

}  // namespace duplid::ctl
