// Tells whoever asked a question how far its answer is.
#pragma once

#include "daemon/questions/answer_channel.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "proto/envelope.hpp"

#include <chrono>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace duplid::daemon {

/// Sends notifications "progress", at most five a second and the first after a fifth of one. What
/// an operation warns of has nowhere to go: the reply says what an answer lacks.
class QuestionMonitor final : public operation::Monitor {
public:
    static constexpr std::chrono::milliseconds interval{200};

    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    /// Channel and id outlive this object.
    QuestionMonitor(AnswerChannel& channel, const proto::Json& id,
                    Clock clock = &std::chrono::steady_clock::now)
        : channel_{channel}, id_{id}, clock_{std::move(clock)}, told_{clock_()}
    {
    }

    void phase(operation::Phase phase) noexcept override;
    /// Waits while the channel is full, as entries do.
    void progress(const operation::Progress& progress) noexcept override;
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}

private:
    AnswerChannel& channel_;
    const proto::Json& id_;
    Clock clock_;
    std::mutex mutex_;
    operation::Phase phase_ = operation::Phase::preparing;
    std::chrono::steady_clock::time_point told_;
};

}  // namespace duplid::daemon
