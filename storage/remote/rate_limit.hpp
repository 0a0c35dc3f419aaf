// How many bytes a second may go to and from targets.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace duplid::remote {

/// A bucket of tokens, one a byte. Shared by all transfers of a run in one direction; the limit may
/// be changed while they go on. Any thread.
class RateLimit {
public:
    /// Bytes a second; 0: no limit.
    explicit RateLimit(std::uint64_t bytes_per_second = 0) : rate_{bytes_per_second} {}
    RateLimit(const RateLimit&) = delete;
    RateLimit& operator=(const RateLimit&) = delete;

    /// Takes effect at once, also for those who wait.
    void set(std::uint64_t bytes_per_second);
    [[nodiscard]] std::uint64_t get() const;

    /// Returns once `bytes` more may move, or when `stop` is requested. What exceeds a second's
    /// share is waited for by the next one, so that a large piece passes at once.
    void take(std::uint64_t bytes, const std::stop_token& stop);

private:
    using Clock = std::chrono::steady_clock;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t rate_;
    /// Until then the bytes that were taken keep the line busy.
    Clock::time_point free_at_{};
};

/// Both directions.
struct RateLimits {
    RateLimit up;
    RateLimit down;
};

}  // namespace duplid::remote
