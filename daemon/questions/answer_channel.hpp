// Lines that a thread produces and a connection takes when it has room.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::daemon {

/// Shared by the thread that answers a question and the session that asked it.
class AnswerChannel {
public:
    /// Lines of up to 1 MiB that wait here.
    static constexpr std::size_t lines_max = 4;

    /// `on_line` is called by the thread whenever there is something to take; it must not block.
    explicit AnswerChannel(std::function<void()> on_line) : on_line_{std::move(on_line)} {}

    /// Waits for room. False when nobody listens any more.
    bool push(std::string line);

    /// Nothing more will come; the thread's last call.
    void finish();

    /// The session's side: the next line, if there is one.
    [[nodiscard]] std::optional<std::string> take();
    /// Whether everything was taken and nothing more will come.
    [[nodiscard]] bool is_over();
    /// The session is gone: the thread is asked to stop.
    void close();

    [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_.get_token(); }

private:
    std::function<void()> on_line_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::deque<std::string> lines_;
    bool closed_ = false;
    bool finished_ = false;
};

}  // namespace duplid::daemon
