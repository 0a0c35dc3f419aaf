#include "daemon/hooks/child_runner.hpp"

#include "daemon/hooks/environment.hpp"
#include "daemon/hooks/output_lines.hpp"
#include "daemon/hooks/process.hpp"
#include "daemon/hooks/stop_event.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace duplid::hooks {

namespace {

using Clock = StopGrace::Clock;
using std::chrono::milliseconds;

/// From being asked to end until it is killed.
constexpr std::chrono::seconds end_time_max{2};
/// Of what is still in the pipe when a hook has ended: as much as a pipe holds, and some more. Who
/// still writes is not the hook.
constexpr std::size_t last_bytes_max = 256 << 10;
/// For a long poll(2), whose time is an int.
constexpr std::chrono::hours poll_max{1};
/// Of wanted output, at a time.
constexpr std::size_t content_bytes = 256 << 10;

/// One hook at work.
class Supervision {
public:
    Supervision(const Call& call, StopGrace& grace)
        : grace_{grace}, deadline_{Clock::now() + call.time_max}, stop_{grace.stop()},
          lines_{call.tell}, last_words_{call.last_words}, output_{call.output},
          content_(call.output != nullptr ? content_bytes : 0),
          process_{call.words, child_environment(call.facts),
                   call.output != nullptr ? Process::Output::apart : Process::Output::with_errors}
    {
    }

    /// Returns when it has ended, and with it the output that is wanted.
    [[nodiscard]] int wait()
    {
        while (!has_ended_ || waits_for_content()) {
            end_if_due();
            hear();
        }
        read_words(last_bytes_max);
        if (must_end_) {
            // What it started goes with it.
            process_.signal(SIGKILL);
        }
        const auto status = process_.reap();
        lines_.finish();
        if (last_words_ != nullptr) {
            *last_words_ = lines_.last();
        }
        return status;
    }

    /// Whether we ended it, and for which reason.
    [[nodiscard]] bool was_too_long() const noexcept { return must_end_ && !is_stopped_; }
    [[nodiscard]] bool was_stopped() const noexcept { return must_end_ && is_stopped_; }

private:
    /// Nobody needs the output of one that failed.
    [[nodiscard]] bool waits_for_content() const noexcept
    {
        return output_ != nullptr && !must_end_ && !process_.has_failed();
    }

    void end_if_due()
    {
        const auto now = Clock::now();
        if (!must_end_) {
            const auto stopped = grace_.ends();
            is_stopped_ = stopped && *stopped <= now;
            if (is_stopped_ || deadline_ <= now) {
                must_end_ = true;
                process_.signal(SIGTERM);
                kill_at_ = now + end_time_max;
            }
        } else if (kill_at_ && *kill_at_ <= now) {
            process_.signal(SIGKILL);
            kill_at_.reset();
        }
    }

    [[nodiscard]] int milliseconds_to_wait()
    {
        auto next = Clock::now() + poll_max;
        if (must_end_) {
            next = std::min(next, kill_at_.value_or(next));
        } else {
            next = std::min({next, deadline_, grace_.ends().value_or(next)});
        }
        const auto left = std::chrono::ceil<milliseconds>(next - Clock::now());
        return static_cast<int>(std::max(left, milliseconds{0}).count());
    }

    void hear()
    {
        // Its end stays readable: asked for once more it would keep us awake.
        std::array<pollfd, 4> fds{{{has_words_ ? process_.words() : -1, POLLIN, 0},
                                   {has_ended_ ? -1 : process_.end(), POLLIN, 0},
                                   {stop_.get(), POLLIN, 0},
                                   {output_ != nullptr ? process_.content() : -1, POLLIN, 0}}};
        if (::poll(fds.data(), fds.size(), milliseconds_to_wait()) < 0) {
            if (errno != EINTR) {
                throw system_error(errno, "waiting for a hook", "poll");
            }
            return;
        }
        if (fds[0].revents != 0) {
            read_words(1);
        }
        if (fds[3].revents != 0) {
            read_content();
        }
        if (fds[2].revents != 0) {
            stop_.seen();
        }
        has_ended_ = has_ended_ || fds[1].revents != 0;
    }

    /// What is there now.
    void read_content()
    {
        const auto got = ::read(process_.content(), content_.data(), content_.size());
        if (got > 0) {
            output_->write(io::ByteView{content_}.first(static_cast<std::size_t>(got)));
        } else if (got == 0) {
            output_ = nullptr;
        } else if (errno != EAGAIN && errno != EINTR) {
            throw system_error(errno, "reading what a command writes", "read");
        }
    }

    /// At least `bytes`, unless there are fewer.
    void read_words(std::size_t bytes)
    {
        std::array<char, 16 << 10> buffer{};
        std::size_t total = 0;
        while (has_words_ && total < bytes) {
            const auto got = ::read(process_.words(), buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0 && errno == EAGAIN) {
                return;
            }
            has_words_ = got > 0;
            if (has_words_) {
                total += static_cast<std::size_t>(got);
                lines_.feed({buffer.data(), static_cast<std::size_t>(got)});
            }
        }
    }

    StopGrace& grace_;
    Clock::time_point deadline_;
    StopEvent stop_;
    OutputLines lines_;
    std::string* last_words_;
    io::Sink* output_;  ///< null: none is wanted, or all was taken
    io::Bytes content_;
    bool has_words_ = true;
    bool has_ended_ = false;
    bool must_end_ = false;
    bool is_stopped_ = false;
    std::optional<Clock::time_point> kill_at_;
    Process process_;
};

}  // namespace

int ChildRunner::run(const Call& call, StopGrace& grace)
{
    if (const auto ends = grace.ends(); ends && *ends <= Clock::now()) {
        throw stopped(call);
    }
    Supervision supervision{call, grace};
    const auto status = supervision.wait();
    if (supervision.was_too_long()) {
        throw too_long(call);
    }
    if (supervision.was_stopped()) {
        throw stopped(call);
    }
    return status;
}

}  // namespace duplid::hooks
