// Threads that answer questions about archives, so that the loop never waits for a target.
#pragma once

#include "daemon/loop/loop.hpp"
#include "daemon/questions/answer_channel.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>

namespace duplid::daemon {

/// Loop thread. The destructor closes all channels and waits for the threads.
class Questions {
public:
    static constexpr std::size_t under_way_max = 8;

    /// Produces lines, the reply last. Throws what it likes: the caller of ask() said how that is
    /// turned into a line.
    using Body = std::function<void(AnswerChannel&)>;

    explicit Questions(LoopMailbox& mailbox) : mailbox_{mailbox} {}
    Questions(const Questions&) = delete;
    Questions& operator=(const Questions&) = delete;
    ~Questions();

    /// Runs `body` on a thread of its own; it must not throw.
    /// Throws: ProtocolError too_many.
    void ask(std::shared_ptr<AnswerChannel> channel, Body body);

    void close_all();
    [[nodiscard]] bool idle() const noexcept { return under_way_.empty(); }
    void on_idle(std::function<void()> idle) { idle_ = std::move(idle); }

private:
    struct UnderWay {
        std::shared_ptr<AnswerChannel> channel;
        std::jthread thread;
    };

    LoopMailbox& mailbox_;
    std::function<void()> idle_;
    std::uint64_t next_id_ = 1;
    std::map<std::uint64_t, UnderWay> under_way_;
};

}  // namespace duplid::daemon
