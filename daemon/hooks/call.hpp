// A program of the user's that is called when something happens to a job, or because its output is
// wanted, and who calls it.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::hooks {

/// What a hook is told: a variable of its environment. Never a secret.
struct Fact {
    std::string name;  ///< DUPLID_ and capital letters
    std::string value;

    friend bool operator==(const Fact&, const Fact&) = default;
};
using Facts = std::vector<Fact>;

/// How long hooks may still go on once the run is stopped: a time that all hooks of a run share,
/// from when one of them first asks. One thread.
class StopGrace {
public:
    using Clock = std::chrono::steady_clock;

    StopGrace(std::stop_token stop, std::chrono::milliseconds grace)
        : stop_{std::move(stop)}, grace_{grace}
    {
    }

    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    /// Nothing as long as nobody stops it.
    [[nodiscard]] std::optional<Clock::time_point> ends()
    {
        if (!ends_ && stop_.stop_requested()) {
            ends_ = Clock::now() + grace_;
        }
        return ends_;
    }

private:
    std::stop_token stop_;
    std::chrono::milliseconds grace_;
    std::optional<Clock::time_point> ends_;
};

/// One call of one hook.
struct Call {
    /// One of the two: the program and its arguments, which no shell reads; or the name of a file
    /// that root has put into the directory of hooks.
    std::vector<std::string> words{};
    std::string name{};
    std::chrono::milliseconds time_max{};
    Facts facts{};
    /// Gets each line that the hook writes, fit for a log. May be empty.
    std::function<void(std::string_view line)> tell{};
    /// Set: a command whose output is wanted. This takes what it writes to standard output, as it
    /// comes, and what it throws ends the command; `tell` gets the rest. `name` is that of a file
    /// in the directory of commands then, and not of hooks. Outlives the call.
    io::Sink* output = nullptr;
    /// Set: gets the last of what it said, where that is heard, in one line.
    std::string* last_words = nullptr;

    /// What it is called in messages.
    [[nodiscard]] const std::string& title() const noexcept
    {
        return name.empty() ? words.front() : name;
    }
};

/// What a runner throws when a hook was ended: because it took longer than it may, or because
/// somebody stops the run.
[[nodiscard]] Error too_long(const Call& call);
[[nodiscard]] Error stopped(const Call& call);

/// Any thread; a call takes its own as long as the hook runs.
class Runner {
public:
    Runner() = default;
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    virtual ~Runner() = default;

    /// Whether hooks are names here, or words.
    [[nodiscard]] virtual bool takes_names() const noexcept = 0;
    /// Its exit status; 128 + N for signal N. With `output`, 0 says that all of it was taken.
    /// Throws: Error not_found or denied when it cannot be started; unreachable when it went on
    /// for longer than it may and was ended; cancelled when that was the stop's doing; what
    /// `output` throws.
    [[nodiscard]] virtual int run(const Call& call, StopGrace& grace) = 0;
};

}  // namespace duplid::hooks
