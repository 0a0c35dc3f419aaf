// How many bytes a second may go to and from targets.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

namespace duplid::remote {

/// A line of a given width: what went into it keeps it busy for a while. The times are its
/// caller's, and never go back. One thread at a time.
class Line {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Bytes a second; 0: no limit.
    explicit Line(std::uint64_t bytes_per_second) noexcept : rate_{bytes_per_second} {}

    /// What was taken at the old rate is forgotten: it would hold up a line that is now wider.
    void set(std::uint64_t bytes_per_second, Time now) noexcept;
    [[nodiscard]] std::uint64_t rate() const noexcept { return rate_; }

    /// Takes `bytes` if the line is free, however many they are: what exceeds a second's share is
    /// waited for by the next one. Else says when to ask again, and takes nothing.
    [[nodiscard]] std::optional<Time> take(std::uint64_t bytes, Time now) noexcept;

private:
    std::uint64_t rate_;
    Time free_at_{};
};

/// A line shared by all transfers of a run in one direction; its width may be changed while they go
/// on. Any thread.
class RateLimit {
public:
    /// Bytes a second; 0: no limit.
    explicit RateLimit(std::uint64_t bytes_per_second = 0) : line_{bytes_per_second} {}
    RateLimit(const RateLimit&) = delete;
    RateLimit& operator=(const RateLimit&) = delete;

    /// Takes effect at once, also for those who wait.
    void set(std::uint64_t bytes_per_second);
    /// What a request says when its target is opened: counts unless set() was called before, which
    /// is somebody's later word.
    void propose(std::uint64_t bytes_per_second);
    [[nodiscard]] std::uint64_t get() const;

    /// Returns once `bytes` more may move, or when `stop` is requested.
    void take(std::uint64_t bytes, const std::stop_token& stop);

private:
    void put(std::uint64_t bytes_per_second);

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    Line line_;
    bool is_set_ = false;
    /// Counts the changes, so that those who wait see one.
    std::uint64_t changes_ = 0;
};

/// Both directions.
struct RateLimits {
    RateLimit up;
    RateLimit down;
};

}  // namespace duplid::remote
