#include "storage/remote/rate_limit.hpp"

#include <cmath>

namespace duplid::remote {

namespace {

/// More than any run lasts, and still a number of nanoseconds that can be added to a time.
constexpr double busy_seconds_max = 1e9;

}  // namespace

void Line::set(std::uint64_t bytes_per_second, Time now) noexcept
{
    rate_ = bytes_per_second;
    free_at_ = now;
}

std::optional<Line::Time> Line::take(std::uint64_t bytes, Time now) noexcept
{
    if (rate_ == 0) {
        return std::nullopt;
    }
    if (free_at_ > now) {
        return free_at_;
    }
    const auto seconds = static_cast<double>(bytes) / static_cast<double>(rate_);
    const auto busy = seconds < busy_seconds_max ? seconds : busy_seconds_max;
    free_at_ = now + std::chrono::nanoseconds{std::llround(busy * 1e9)};
    return std::nullopt;
}

void RateLimit::set(std::uint64_t bytes_per_second)
{
    const std::lock_guard guard{mutex_};
    is_set_ = true;
    put(bytes_per_second);
}

void RateLimit::propose(std::uint64_t bytes_per_second)
{
    const std::lock_guard guard{mutex_};
    if (!is_set_) {
        put(bytes_per_second);
    }
}

// Under the lock.
void RateLimit::put(std::uint64_t bytes_per_second)
{
    line_.set(bytes_per_second, std::chrono::steady_clock::now());
    ++changes_;
    changed_.notify_all();
}

std::uint64_t RateLimit::get() const
{
    const std::lock_guard guard{mutex_};
    return line_.rate();
}

void RateLimit::take(std::uint64_t bytes, const std::stop_token& stop)
{
    std::unique_lock guard{mutex_};
    while (!stop.stop_requested()) {
        const auto free_at = line_.take(bytes, std::chrono::steady_clock::now());
        if (!free_at) {
            return;
        }
        const auto seen = changes_;
        changed_.wait_until(guard, stop, *free_at, [&] { return changes_ != seen; });
    }
}

}  // namespace duplid::remote
