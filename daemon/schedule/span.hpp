// Lengths of time as people write them: `2h 30min`, `1w`, `90`.
//
// Facts of the grammar: systemd.time(7), "Parsing Time Spans"; a month is 30.44 days and a year
// 365.25 there. Tests compare with `systemd-analyze timespan` of systemd 252.
#pragma once

#include "daemon/schedule/instant.hpp"

#include <string>
#include <string_view>

namespace duplid::schedule {

/// The longest span that is read: a thousand years, so that sums with instants stay in range.
inline constexpr Span span_max = std::chrono::years{1000};

/// Reads a sum of numbers with units; a number without one counts seconds. There is no `infinity`:
/// whoever wants none leaves the setting out.
/// Throws: Error invalid, saying at which character and what was expected.
[[nodiscard]] Span parse_span(std::string_view text);

/// `2h 30min`: each unit once, the largest first; `0` for none. Reading it gives the same.
[[nodiscard]] std::string print_span(Span span);

}  // namespace duplid::schedule
