// The thread that executes one run.
#pragma once

#include "daemon/loop/loop.hpp"
#include "daemon/runs/run.hpp"

#include <chrono>
#include <functional>
#include <thread>
#include <utility>

namespace duplid::daemon {

/// Starts at once; the destructor waits for the thread. Made and destroyed by the loop thread.
class RunConductor final : public RunControl {
public:
    using OnEnd = std::function<void(proto::RunState, RunResult)>;

    /// `on_end` is called on the loop thread, last, and may destroy this object. `run` and
    /// `mailbox` outlive it.
    RunConductor(Run& run, RunBody body, LoopMailbox& mailbox, OnEnd on_end);

    operation::Monitor& monitor() noexcept override { return run_.monitor(); }
    const std::stop_token& stop() const noexcept override { return stop_; }
    const std::stop_token& stop_at_border() const noexcept override { return border_; }
    std::uint64_t run() const noexcept override { return run_.id(); }
    void waiting(const std::string& reason) override;
    void running() override;
    void tell(EventLog::What what) override;
    std::uint64_t warnings() const override { return run_.monitor().snapshot().warnings; }
    const std::shared_ptr<remote::RateLimits>& limits() const noexcept override
    {
        return run_.limits();
    }
    remote::OperationObserver& observer() noexcept override { return run_.monitor(); }

    /// The processor's time that the run's own thread has taken, who leads all others. Loop thread.
    [[nodiscard]] std::chrono::nanoseconds computed() noexcept;

private:
    void give_way() noexcept;
    [[nodiscard]] std::pair<proto::RunState, RunResult> outcome_of(const RunBody& body);

    Run& run_;
    LoopMailbox& mailbox_;
    std::stop_token stop_;
    std::stop_token border_;
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace duplid::daemon
