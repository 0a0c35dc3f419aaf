#include "daemon/runs/run.hpp"

#include <ctime>

namespace duplid::daemon {

Run::Run(std::uint64_t id, RunFacts facts, std::function<void()> on_event)
    : id_{id}, facts_{std::move(facts)}, log_{std::make_unique<EventLog>(id, on_event)},
      monitor_{std::make_unique<RunMonitor>(*log_, stop_.get_token())}
{
    monitor_->on_rest(std::move(on_event));
    known_.with([this](proto::RunShowReply& known) {
        auto& run = known.run;
        run.run = id_;
        run.kind = facts_.kind;
        run.lifetime = facts_.lifetime;
        run.target = facts_.target;
        run.job = facts_.job;
        run.state = proto::RunState::queued;
        run.queued_at = std::time(nullptr);
    });
}

Run::Run(proto::RunShowReply past) : id_{past.run.run}, known_{std::move(past)} {}

proto::RunState Run::state() const
{
    return known_.with([](const proto::RunShowReply& known) { return known.run.state; });
}

bool Run::is_of(const std::string& job) const
{
    return known_.with([&job](const proto::RunShowReply& known) { return known.run.job == job; });
}

void Run::set_state(proto::RunState state, const std::string& reason)
{
    known_.with([&](proto::RunShowReply& known) {
        if (state == proto::RunState::running && !known.run.started_at) {
            known.run.started_at = std::time(nullptr);
        }
        known.run.state = state;
        log_->append(proto::StateEvent{state, reason, known.run.paused});
    });
}

void Run::tell(const std::string& reason)
{
    known_.with([&](const proto::RunShowReply& known) {
        log_->append(proto::StateEvent{known.run.state, reason, known.run.paused});
    });
}

void Run::request_stop_at_border()
{
    if (border_.request_stop()) {
        tell("to be stopped at the border of a volume");
    }
}

void Run::pause(proto::RunPause pause)
{
    // First held, then told: who hears of the pause can rely on it.
    monitor_->hold(Hold::person, true);
    known_.with([&](proto::RunShowReply& known) {
        known.run.paused = std::move(pause);
        log_->append(proto::StateEvent{known.run.state, "paused by " + known.run.paused->by,
                                       known.run.paused});
    });
}

bool Run::resume(const std::string& by)
{
    const bool was_paused = known_.with([&](proto::RunShowReply& known) {
        if (!known.run.paused) {
            return false;
        }
        known.run.paused.reset();
        log_->append(proto::StateEvent{known.run.state, "resumed by " + by});
        return true;
    });
    if (was_paused) {
        monitor_->hold(Hold::person, false);
    }
    return was_paused;
}

std::optional<proto::RunPause> Run::paused() const
{
    return known_.with([](const proto::RunShowReply& known) { return known.run.paused; });
}

void Run::end(proto::RunState state, RunResult result)
{
    known_.with([&](proto::RunShowReply& known) {
        known.run = with_monitor(std::move(known.run));
        known.run.held = false;
        known.run.paused.reset();
        known.run.state = state;
        known.run.ended_at = std::time(nullptr);
        known.run.error = result.error;
        known.backup = result.backup;
        known.restore = result.restore;
        known.removal = result.removal;
        known.verify = result.verify;
        known.check = result.check;
        known.sync = result.sync;
        known.replicate = result.replicate;
        known.repair = result.repair;
        known.tree_delta = result.tree_delta;
        known.tree_patch = result.tree_patch;
        if (known.run.progress) {
            // The last word of the thinned-out ones: where it stood when it ended.
            log_->append(proto::ProgressEvent{*known.run.progress});
        }
        log_->append(proto::DoneEvent{
            state, std::move(result.error), std::move(result.backup), std::move(result.restore),
            std::move(result.removal), std::move(result.verify), std::move(result.check),
            std::move(result.sync), std::move(result.replicate), std::move(result.repair),
            std::move(result.tree_delta), std::move(result.tree_patch)});
    });
}

proto::RunSummary Run::with_monitor(proto::RunSummary summary) const
{
    if (monitor_ && !proto::has_ended(summary.state)) {
        auto now = monitor_->snapshot();
        summary.held = now.held;
        summary.phase = std::move(now.phase);
        summary.progress = now.progress;
        summary.warnings = now.warnings;
        summary.limit_up = limits_->up.get();
        summary.limit_down = limits_->down.get();
    }
    return summary;
}

proto::RunSummary Run::summary() const
{
    return show().run;
}

proto::RunShowReply Run::show() const
{
    auto show = known_.with([](const proto::RunShowReply& known) { return known; });
    show.run = with_monitor(std::move(show.run));
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
