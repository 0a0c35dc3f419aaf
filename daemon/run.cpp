#include "daemon/run.hpp"

#include <ctime>

namespace duplid::daemon {

Run::Run(std::uint64_t id, RunFacts facts, std::function<void()> on_event)
    : facts_{std::move(facts)}, log_{std::make_unique<EventLog>(id, std::move(on_event))},
      monitor_{std::make_unique<RunMonitor>(*log_, stop_.get_token())}
{
    auto& run = past_.run;
    run.run = id;
    run.kind = facts_.kind;
    run.lifetime = facts_.lifetime;
    run.target = facts_.target;
    run.state = proto::RunState::queued;
    run.queued_at = std::time(nullptr);
}

Run::Run(proto::RunShowReply past) : past_{std::move(past)} {}

void Run::set_state(proto::RunState state, const std::string& reason)
{
    if (state == proto::RunState::running && !past_.run.started_at) {
        past_.run.started_at = std::time(nullptr);
    }
    past_.run.state = state;
    log_->append(proto::StateEvent{state, reason});
}

void Run::end(proto::RunState state, RunResult result)
{
    past_.run = summary();
    past_.run.held = false;
    if (past_.run.progress) {
        // The last word of the thinned-out ones: where it stood when it ended.
        log_->append(proto::ProgressEvent{*past_.run.progress});
    }
    past_.run.state = state;
    past_.run.ended_at = std::time(nullptr);
    past_.run.error = result.error;
    past_.backup = result.backup;
    past_.restore = result.restore;
    log_->append(proto::DoneEvent{state, std::move(result.error), std::move(result.backup),
                                  std::move(result.restore)});
}

proto::RunSummary Run::summary() const
{
    auto summary = past_.run;
    if (monitor_ && !has_ended()) {
        auto now = monitor_->snapshot();
        summary.held = now.held;
        summary.phase = std::move(now.phase);
        summary.progress = now.progress;
        summary.warnings = now.warnings;
    }
    return summary;
}

proto::RunShowReply Run::show() const
{
    auto show = past_;
    show.run = summary();
    return show;
}

void Run::give_events(std::vector<proto::Event> events)
{
    log_ = std::make_unique<EventLog>(std::move(events));
}

void Run::forget_events() noexcept
{
    monitor_.reset();
    log_.reset();
}

}  // namespace duplid::daemon
