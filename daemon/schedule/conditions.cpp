#include "daemon/schedule/conditions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace duplid::schedule {

namespace {

std::optional<Unmet> closed(const std::vector<Hours>& windows, Instant now, const Zone& local)
{
    std::optional<Instant> opens;
    for (const auto& window : windows) {
        const auto from = window.open_from(now, local);
        opens = std::min(opens.value_or(from), from);
    }
    if (!opens || *opens <= now) {
        return std::nullopt;
    }
    return Unmet{"outside of its hours", opens};
}

std::optional<Unmet> without_power(const Conditions& conditions, Surroundings& around)
{
    if (!conditions.mains) {
        return std::nullopt;
    }
    const auto power = around.power();
    if (power.mains) {
        return std::nullopt;
    }
    const auto least = conditions.battery_percent_min;
    if (!least) {
        return Unmet{"on battery", std::nullopt};
    }
    if (!power.battery_percent) {
        return Unmet{"on a battery that does not tell its charge", std::nullopt};
    }
    if (*power.battery_percent >= *least) {
        return std::nullopt;
    }
    return Unmet{
        fmt::format("on battery at {} %, at least {} % wanted", *power.battery_percent, *least),
        std::nullopt};
}

}  // namespace

std::optional<Unmet> unmet(const Conditions& conditions, Surroundings& around, Instant now,
                           const Zone& local)
{
    if (auto reason = closed(conditions.hours, now, local)) {
        return reason;
    }
    if (auto reason = without_power(conditions, around)) {
        return reason;
    }
    if (conditions.network && !around.network_up()) {
        return Unmet{"no network", std::nullopt};
    }
    if (conditions.unmetered && around.metered().value_or(false)) {
        return Unmet{"the network is metered", std::nullopt};
    }
    if (!conditions.disk_uuid.empty()) {
        if (auto missing = around.disk_missing(conditions.disk_path, conditions.disk_uuid)) {
            return Unmet{std::move(*missing), std::nullopt};
        }
    }
    if (!conditions.target.empty()) {
        if (auto missing = around.target_missing(conditions.target)) {
            return Unmet{std::move(*missing), std::nullopt};
        }
    }
    return std::nullopt;
}

}  // namespace duplid::schedule
