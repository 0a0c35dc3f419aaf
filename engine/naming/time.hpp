// Times as file names carry them: whole epoch seconds in three spellings.
//
// Format facts (archive-format.md 1.2 and 1.3; vectors names/*):
//   - default:     YYYYMMDDTHHMMSSZ, UTC
//   - old names:   YYYY-MM-DDTHH:MM:SS and `Z` or +HH:MM, local time, any one-byte separator
//   - short names: the epoch second in base 36, digits 0-9a-z
// Years 1901 to 2099 only; the time 0 is refused. The reference also reads intervals and bare
// dates in names; nothing ever wrote those, so duplid does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::naming {

/// 1901-01-01T00:00:00Z and 2099-12-31T23:59:59Z: no name holds a time outside of these.
inline constexpr std::int64_t time_min = -2'177'452'800;
inline constexpr std::int64_t time_max = 4'102'444'799;

/// Reads a default or old-style time, or an epoch second in decimal. Nothing when `token` is none
/// of these or out of range.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view token) noexcept;

/// Reads the time of a short name.
[[nodiscard]] std::optional<std::int64_t> parse_short_time(std::string_view token) noexcept;

/// `20240101T000000Z`. Throws: Error invalid when `time` is out of range or 0, as do the others.
[[nodiscard]] std::string print_time(std::int64_t time);

/// `2024-01-01T01:00:00+01:00`, in the time zone that is `offset_minutes` ahead of UTC.
/// `separator` stands for the colons. Throws: Error invalid when a reader could not take it back:
/// a digit or `-` as separator, an offset of a day or more.
[[nodiscard]] std::string print_old_time(std::int64_t time, char separator, int offset_minutes);

/// `s6k2o0`. Throws also for times before 1970, for which there is no short form.
[[nodiscard]] std::string print_short_time(std::int64_t time);

/// How far local time (TZ of this process) is ahead of UTC at `time`, rounded down to minutes.
[[nodiscard]] int local_offset_minutes(std::int64_t time);

/// Base 36 as short names use it, for volume numbers too: lower case, leading zeros are read.
/// Nothing on any other byte, on an empty token, and above `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_base36(std::string_view token,
                                                        std::uint64_t max) noexcept;
[[nodiscard]] std::string print_base36(std::uint64_t value);

}  // namespace duplid::naming
