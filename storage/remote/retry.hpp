// A target that is asked again when it did not answer.
#pragma once

#include "storage/io/error.hpp"
#include "storage/remote/remote.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

namespace duplid::remote {

/// One failed attempt that will be followed by another.
struct FailedAttempt {
    std::string_view operation;  ///< "put", "get", "list" ...: words of command-line.md 8.4
    unsigned number;             ///< 1 for the first
    const Error& error;
    std::chrono::milliseconds pause;  ///< before the next attempt
};

struct RetryOptions {
    /// Attempts in all, the first included: duplicity's --num-retries. At least 1.
    unsigned attempts = 5;
    /// The longest pause, and the step once it was reached: duplicity's --backend-retry-delay.
    std::chrono::milliseconds delay_max{30'000};
    /// Also repeat what the target refused, or had no room for, as duplicity does.
    bool repeats_refusals = false;
    /// Ends pauses at once; the operation then throws Error cancelled.
    std::stop_token stop{};
    /// Told before each pause, in the thread of the operation. May be empty.
    std::function<void(const FailedAttempt&)> on_failure{};

    /// Waits, at most until `stop` is requested. Tests give their own.
    std::function<void(std::chrono::milliseconds, const std::stop_token&)> sleep{};
    /// A number from -1 to 1 by which a pause is varied, so that many clients of one server do
    /// not come back all at once. Tests give their own. Called from any thread.
    std::function<double()> jitter{};
};

/// The pause after failed attempt `number` (1, 2 ...): 1 s, doubled each time, varied by a quarter
/// of itself times `jitter` (-1 to 1), never above `delay_max` (backends.md 1.4).
[[nodiscard]] std::chrono::milliseconds
pause_after(unsigned number, std::chrono::milliseconds delay_max, double jitter) noexcept;

/// Repeats operations of another target when they end unreachable or corrupt, and on demand when
/// they end denied or for lack of space; a second corrupt in one operation is final (backends.md
/// 1.4). All other kinds pass at once, as does the last failure, its text then preceded by "giving
/// up after N attempts". Failures of the target get the facts `operation` (as FailedAttempt) and
/// `attempts`.
///
/// A failure with the fact `throttled` is a server's wish for patience: the pause is at least what
/// its fact `retry_after` says, and the first ten of one operation do not count as attempts.
///
/// Failures that have the fact `attempts` pass at once: a part of the target was asked again
/// already.
///
/// get() goes on where the last attempt broke off: the sink sees each byte once. Bytes that were
/// handed on cannot be taken back, so corrupt is final there once the sink was given something.
///
/// size_after_put() asks for as many sizes as there may be attempts until one is right; wrong ones
/// are told of as failed attempts of "query" with the detail wrong_size, and the last is the
/// answer.
///
/// Threads: as Remote, if `next` is.
class RetryingRemote final : public Remote {
public:
    RetryingRemote(std::unique_ptr<Remote> next, RetryOptions options);

    std::vector<Listed> list() override;
    io::TempFile make_spool(const std::string& name, const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override;
    io::Bytes get_range(const std::string& name, std::uint64_t offset, std::size_t bytes) override;
    std::optional<io::Fd> open_local(const std::string& name) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] bool can_rename() const noexcept override;
    void rename(const std::string& from, const std::string& to) override;
    std::optional<std::uint64_t> size_of(const std::string& name) override;
    std::optional<std::uint64_t> size_after_put(const std::string& name,
                                                std::uint64_t bytes) override;
    [[nodiscard]] std::string description() const override;
    std::optional<std::uint64_t> free_bytes() override;

private:
    template <typename Operation, typename Judge>
    auto repeat(std::string_view name, Operation operation, Judge judge) -> decltype(operation());
    template <typename Operation>
    auto repeat(std::string_view name, Operation operation) -> decltype(operation());
    [[nodiscard]] bool may_pass(Error::Kind kind) const noexcept;
    void wait_after(std::string_view name, unsigned number, const Error& error);

    std::unique_ptr<Remote> next_;
    RetryOptions options_;
};

}  // namespace duplid::remote
