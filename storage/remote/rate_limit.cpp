#include "storage/remote/rate_limit.hpp"

#include <algorithm>

namespace duplid::remote {

void RateLimit::set(std::uint64_t bytes_per_second)
{
    {
        const std::lock_guard guard{mutex_};
        rate_ = bytes_per_second;
        // What was taken at the old rate is forgotten: it would hold up a line that is now wider.
        free_at_ = Clock::now();
    }
    changed_.notify_all();
}

std::uint64_t RateLimit::get() const
{
    const std::lock_guard guard{mutex_};
    return rate_;
}

void RateLimit::take(std::uint64_t bytes, const std::stop_token& stop)
{
    std::unique_lock guard{mutex_};
    while (rate_ != 0 && !stop.stop_requested()) {
        const auto now = Clock::now();
        if (free_at_ <= now) {
            const auto nanoseconds = static_cast<double>(bytes) / static_cast<double>(rate_) * 1e9;
            free_at_ = std::max(free_at_, now) +
                       std::chrono::nanoseconds{static_cast<std::int64_t>(nanoseconds)};
            return;
        }
        const auto until = free_at_;
        changed_.wait_until(guard, stop, until, [&] { return free_at_ != until || rate_ == 0; });
    }
}

}  // namespace duplid::remote
