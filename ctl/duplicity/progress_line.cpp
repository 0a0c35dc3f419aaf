#include "ctl/duplicity/progress_line.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

namespace duplid::duplicity {

namespace {

using std::chrono::duration;
using std::chrono::seconds;

constexpr unsigned columns = 40;
constexpr unsigned percent_max = 100;
/// Signatures and manifest are still to come.
constexpr unsigned percent_before_end = 99;
/// How much of a new speed counts beside those before.
constexpr double speed_weight = 0.3;
constexpr seconds stall_min{5};
constexpr std::uint64_t minute = 60;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;

/// "8.5MB", "0.0KB".
std::string amount(double bytes)
{
    constexpr std::array<std::string_view, 3> units{"KB", "MB", "GB"};
    constexpr double step = 1024;
    constexpr double next_unit_above = 1000;
    double value = bytes / step;
    std::size_t unit = 0;
    while (value > next_unit_above && unit + 1 < units.size()) {
        value /= step;
        ++unit;
    }
    return fmt::format("{:.1f}{}", value, units[unit]);
}

std::string clock_text(std::uint64_t total)
{
    return fmt::format("{:02}:{:02}:{:02}", total / hour, total / minute % minute, total % minute);
}

/// The less is left, the more exactly.
std::string left_text(std::uint64_t left)
{
    constexpr std::uint64_t half_minute = 30;
    constexpr std::uint64_t halves_below = 6 * minute;
    constexpr std::uint64_t exact_up_to = 15;
    constexpr std::uint64_t three_quarters = 45;
    if (left >= day) {
        return fmt::format("{}d {}h {}min", left / day, left % day / hour, left % hour / minute);
    }
    if (left >= hour) {
        return fmt::format("{}h{}min", left / hour, left % hour / minute);
    }
    if (left >= halves_below) {
        return fmt::format("{}min", left / minute);
    }
    if (left >= minute) {
        return fmt::format("{}min{}", left / minute, left % minute >= half_minute ? " 30sec" : "");
    }
    if (left > three_quarters) {
        return "< 1min";
    }
    if (left > half_minute) {
        return "< 45sec";
    }
    if (left > exact_up_to) {
        return "< 30sec";
    }
    return fmt::format("{}sec", left);
}

}  // namespace

std::string UploadFigures::text() const
{
    const auto filled = (percent * columns + percent_max / 2) / percent_max;
    const auto speed =
        is_stalled ? std::string{"0.0B"} : amount(static_cast<double>(bytes_per_second));
    return fmt::format("{} {} [{}/s] [{}>{}] {}% ETA {}",
                       amount(static_cast<double>(uploaded_bytes)), clock_text(elapsed_seconds),
                       speed, std::string(filled, '='), std::string(columns - filled, ' '), percent,
                       is_stalled ? "Stalled!" : left_text(left_seconds));
}

std::vector<std::string> UploadFigures::words() const
{
    return {std::to_string(uploaded_bytes),   std::to_string(elapsed_seconds),
            std::to_string(percent),          std::to_string(left_seconds),
            std::to_string(bytes_per_second), is_stalled ? "1" : "0"};
}

UploadProgress::UploadProgress(std::uint64_t source_bytes, seconds rate, Clock::time_point begin)
    : source_bytes_{source_bytes}, rate_{std::max(rate, seconds{1})}, begin_{begin}, told_{begin},
      moved_{begin}
{
}

std::uint64_t UploadProgress::elapsed_seconds(Clock::time_point now) const
{
    return static_cast<std::uint64_t>(std::chrono::duration_cast<seconds>(now - begin_).count());
}

std::optional<UploadFigures> UploadProgress::due_at(Clock::time_point now)
{
    if (now - told_ < rate_) {
        return std::nullopt;
    }
    const auto elapsed = elapsed_seconds(now);
    const double span = duration<double>{now - told_}.count();
    const auto moved_bytes = uploaded_bytes_ - told_bytes_;
    speed_ = (1 - speed_weight) * speed_ + speed_weight * static_cast<double>(moved_bytes) / span;
    const auto percent =
        source_bytes_ == 0
            ? 0U
            : static_cast<unsigned>(std::min(static_cast<double>(percent_before_end),
                                             static_cast<double>(read_bytes_) * percent_max /
                                                 static_cast<double>(source_bytes_)));
    if (moved_bytes > 0 || percent > percent_) {
        moved_ = now;
    }
    percent_ = std::max(percent_, percent);
    const bool is_stalled = now - moved_ > std::max(stall_min, 2 * rate_);
    if (!is_stalled) {
        left_seconds_ = percent_ == 0 ? elapsed : elapsed * (percent_max - percent_) / percent_;
    }
    told_ = now;
    told_bytes_ = uploaded_bytes_;
    return UploadFigures{uploaded_bytes_,
                         elapsed,
                         percent_,
                         left_seconds_,
                         is_stalled ? 0 : static_cast<std::uint64_t>(speed_),
                         is_stalled};
}

UploadFigures UploadProgress::at_end(Clock::time_point now) const
{
    return {uploaded_bytes_,
            elapsed_seconds(now),
            percent_max,
            0,
            static_cast<std::uint64_t>(speed_),
            false};
}

}  // namespace duplid::duplicity
