#include "storage/remote/retry.hpp"

#include "storage/remote/resuming_sink.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

namespace duplid::remote {

namespace {

constexpr std::chrono::milliseconds first_pause{1'000};
constexpr double jitter_share = 0.25;
constexpr unsigned corrupt_max = 2;
/// Requests for patience in a row that do not count as attempts.
constexpr unsigned throttled_max = 10;

void sleep_until_stopped(std::chrono::milliseconds pause, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock guard{mutex};
    wake.wait_for(guard, stop, pause, [] { return false; });
}

double random_jitter()
{
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{-1.0, 1.0}(generator);
}

}  // namespace

std::chrono::milliseconds pause_after(unsigned number, std::chrono::milliseconds delay_max,
                                      double jitter) noexcept
{
    const double base = static_cast<double>(first_pause.count()) * std::exp2(number - 1.0);
    const auto limit = static_cast<double>(delay_max.count());
    if (base >= limit) {
        return delay_max;
    }
    const double varied = base * (1.0 + jitter_share * std::clamp(jitter, -1.0, 1.0));
    return std::chrono::milliseconds{static_cast<std::int64_t>(std::min(varied, limit))};
}

RetryingRemote::RetryingRemote(std::unique_ptr<Remote> next, RetryOptions options)
    : next_{std::move(next)}, options_{std::move(options)}
{
    if (!options_.sleep) {
        options_.sleep = sleep_until_stopped;
    }
    if (!options_.jitter) {
        options_.jitter = random_jitter;
    }
}

namespace {

/// What to do about a failure: of the target, or of whoever is given its bytes.
enum class Verdict { repeat, final, not_ours };

/// Which operation failed, for programs.
Error during(std::string_view operation, unsigned attempts, const Error& error)
{
    return error.with_facts(
        {{"operation", std::string{operation}}, {"attempts", std::to_string(attempts)}});
}

/// How long a server that asked for patience wants to be left alone; nothing when it did not ask. A
/// server that names no time gets what any failure gets.
std::optional<std::chrono::seconds> patience_of(const Error& error)
{
    if (error.fact("throttled") == nullptr) {
        return std::nullopt;
    }
    std::uint32_t seconds = 0;
    if (const auto* const told = error.fact("retry_after")) {
        const auto [end, problem] =
            std::from_chars(told->data(), told->data() + told->size(), seconds);
        if (problem != std::errc{} || end != told->data() + told->size()) {
            seconds = 0;
        }
    }
    return std::chrono::seconds{seconds};
}

}  // namespace

bool RetryingRemote::may_pass(Error::Kind kind) const noexcept
{
    switch (kind) {
    case Error::Kind::unreachable:
    case Error::Kind::corrupt:
        return true;
    case Error::Kind::denied:
    case Error::Kind::no_space:
        return options_.repeats_refusals;
    default:
        return false;
    }
}

// Between failed attempt `number` and the next one.
void RetryingRemote::wait_after(std::string_view name, unsigned number, const Error& error)
{
    const auto pause = std::max<std::chrono::milliseconds>(
        pause_after(number, options_.delay_max, options_.jitter()),
        patience_of(error).value_or(std::chrono::seconds{0}));
    if (options_.on_failure) {
        options_.on_failure({name, number, error, pause});
    }
    options_.sleep(pause, options_.stop);
    if (options_.stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, fmt::format("stopped during {}", name), description()};
    }
}

// `judge` says what may be done about a failure, if its kind is one that may go away.
template <typename Operation, typename Judge>
auto RetryingRemote::repeat(std::string_view name, Operation operation, Judge judge)
    -> decltype(operation())
{
    unsigned corrupt = 0;
    unsigned throttled = 0;
    unsigned counted = 0;
    for (unsigned number = 1;; ++number) {
        std::optional<Error> failed;
        try {
            return operation();
        } catch (const Error& error) {
            if (error.fact("attempts") != nullptr) {
                // A part of the target was asked again already, as often as it may be.
                throw;
            }
            const bool is_free = patience_of(error) && ++throttled <= throttled_max;
            counted += is_free ? 0 : 1;
            corrupt += error.kind() == Error::Kind::corrupt ? 1 : 0;
            const bool is_last = counted >= options_.attempts || corrupt >= corrupt_max;
            const auto verdict = judge(error);
            if (verdict == Verdict::not_ours) {
                throw;
            }
            if (!may_pass(error.kind()) || verdict == Verdict::final) {
                throw during(name, number, error);
            }
            if (is_last) {
                throw during(name, number,
                             number == 1 ? error
                                         : error.with_context(
                                               fmt::format("giving up after {} attempts", number)));
            }
            failed = error;
        }
        // Outside of the handler: a pause is long, and the exception is done with.
        wait_after(name, number, *failed);
    }
}

template <typename Operation>
auto RetryingRemote::repeat(std::string_view name, Operation operation) -> decltype(operation())
{
    return repeat(name, operation, [](const Error&) { return Verdict::repeat; });
}

std::vector<Listed> RetryingRemote::list()
{
    return repeat("list", [&] { return next_->list(); });
}

io::TempFile RetryingRemote::make_spool(const std::string& name, const std::string& temp_directory)
{
    // A local target has it beside the final name, so here is where it refuses a put.
    return repeat(
        "put", [&] { return next_->make_spool(name, temp_directory); },
        [this](const Error&) {
            return options_.repeats_refusals ? Verdict::repeat : Verdict::final;
        });
}

void RetryingRemote::put(io::TempFile& spool, const std::string& name)
{
    repeat("put", [&] { next_->put(spool, name); });
}

void RetryingRemote::get(const std::string& name, io::Sink& sink)
{
    ResumingSink resuming{sink};
    repeat(
        "get",
        [&] {
            resuming.start_again();
            next_->get(name, resuming);
            if (resuming.is_behind()) {
                throw Error{Error::Kind::corrupt, "it became shorter while it was read: " + name,
                            name};
            }
        },
        [&](const Error& error) {
            if (resuming.next_failed()) {
                return Verdict::not_ours;
            }
            const bool is_clean = error.kind() != Error::Kind::corrupt || resuming.delivered() == 0;
            return is_clean ? Verdict::repeat : Verdict::final;
        });
}

bool RetryingRemote::can_read_ranges() const noexcept
{
    return next_->can_read_ranges();
}

io::Bytes RetryingRemote::get_range(const std::string& name, std::uint64_t offset,
                                    std::size_t bytes)
{
    return repeat("get", [&] { return next_->get_range(name, offset, bytes); });
}

std::optional<io::Fd> RetryingRemote::open_local(const std::string& name)
{
    return repeat("get", [&] { return next_->open_local(name); });
}

void RetryingRemote::remove(std::span<const std::string> names)
{
    repeat("delete", [&] { next_->remove(names); });
}

bool RetryingRemote::can_rename() const noexcept
{
    return next_->can_rename();
}

void RetryingRemote::rename(const std::string& from, const std::string& to)
{
    repeat("rename", [&] { next_->rename(from, to); });
}

std::optional<std::uint64_t> RetryingRemote::size_of(const std::string& name)
{
    return repeat("query", [&] { return next_->size_of(name); });
}

std::optional<std::uint64_t> RetryingRemote::size_after_put(const std::string& name,
                                                            std::uint64_t bytes)
{
    for (unsigned number = 1;; ++number) {
        const auto there = size_of(name);
        const auto error = wrong_size(name, there, bytes);
        if (!error || number >= options_.attempts) {
            return there;
        }
        wait_after("query", number, *error);
    }
}

std::string RetryingRemote::description() const
{
    return next_->description();
}

// Advice only: not worth a pause.
std::optional<std::uint64_t> RetryingRemote::free_bytes()
{
    return next_->free_bytes();
}

}  // namespace duplid::remote
