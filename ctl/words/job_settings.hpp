// Settings of a job, as they are typed: "schedule.every=1d".
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ctl {

/// Each word is KEY=VALUE, or a JSON object; later ones overrule earlier ones. A value is JSON if
/// it reads as that, else text; without one the setting is taken back. Throws: Failure (usage).
[[nodiscard]] nlohmann::json settings_from(const std::vector<std::string>& words);

/// Seconds of "30D", "1Y6M", "2h": what a time string calls an interval. Nothing for all else.
[[nodiscard]] std::optional<std::int64_t> parse_span(std::string_view text);

}  // namespace duplid::ctl
