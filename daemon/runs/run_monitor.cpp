#include "daemon/runs/run_monitor.hpp"

#include "daemon/archive/errors.hpp"
#include "daemon/runs/event_conversions.hpp"

#include <algorithm>

namespace duplid::daemon {

namespace {

/// The speed is that of the last so many seconds, more or less.
constexpr std::chrono::seconds rate_window{10};

constexpr unsigned bit(Hold why) noexcept
{
    return static_cast<unsigned>(why);
}

}  // namespace

proto::ProgressFigures figures_of(const operation::Progress& progress)
{
    return {progress.files_done,
            progress.files_expected,
            progress.bytes_done,
            progress.bytes_expected,
            progress.stored_bytes,
            progress.volumes_done,
            0,
            std::nullopt,
            progress.is_estimate};
}

RunMonitor::RunMonitor(EventLog& log, std::stop_token stop, Clock clock)
    : log_{log}, stop_{std::move(stop)}, clock_{std::move(clock)}
{
}

void RunMonitor::phase(operation::Phase phase) noexcept
{
    ++moves_;
    const std::string name{name_of(phase)};
    const bool is_new = state_.with([&](State& state) {
        if (state.now.phase == name) {
            return false;
        }
        state.now.phase = name;
        state.rate_since.reset();
        return true;
    });
    if (is_new) {
        log_.append(proto::PhaseEvent{name});
    }
}

void RunMonitor::progress(const operation::Progress& progress) noexcept
{
    ++moves_;
    const auto now = clock_();
    auto figures = figures_of(progress);
    const bool tell = state_.with([&](State& state) {
        if (!state.rate_since || figures.bytes_done < state.rate_bytes) {
            state.rate_since = now;
            state.rate_bytes = figures.bytes_done;
        }
        const std::chrono::duration<double> span = now - *state.rate_since;
        if (span.count() > 0) {
            figures.bytes_per_second = static_cast<std::uint64_t>(
                static_cast<double>(figures.bytes_done - state.rate_bytes) / span.count());
        }
        if (figures.bytes_per_second > 0 && figures.bytes_expected > figures.bytes_done) {
            figures.eta_seconds =
                (figures.bytes_expected - figures.bytes_done) / figures.bytes_per_second;
        }
        state.now.progress = figures;
        if (state.told && now - *state.told < progress_interval) {
            return false;
        }
        if (now - *state.rate_since > rate_window) {
            // Half of the past weighs from here on.
            state.rate_since = now - (now - *state.rate_since) / 2;
            state.rate_bytes += (figures.bytes_done - state.rate_bytes) / 2;
        }
        state.told = now;
        return true;
    });
    if (tell) {
        log_.append(proto::ProgressEvent{figures});
    }
    if (held_ != 0) {
        wait_while_held();
    }
}

void RunMonitor::warn(const Error& warning) noexcept
{
    ++moves_;
    state_.with([](State& state) { ++state.now.warnings; });
    log_.append(proto::WarningEvent{to_rpc(warning)});
}

void RunMonitor::note(std::string_view text) noexcept
{
    ++moves_;
    log_.append(proto::NoteEvent{std::string{text}});
}

void RunMonitor::tell(const operation::Happening& what) noexcept
{
    ++moves_;
    log_.append(to_wire(what));
}

void RunMonitor::operation_begins() noexcept
{
    std::unique_lock lock{hold_mutex_};
    released_.wait(lock, stop_, [this] { return held_ == 0; });
    ++operations_;
    ++moves_;
}

void RunMonitor::operation_continues() noexcept
{
    const std::lock_guard lock{hold_mutex_};
    ++operations_;
    ++moves_;
}

void RunMonitor::operation_ended() noexcept
{
    bool at_rest = false;
    {
        const std::lock_guard lock{hold_mutex_};
        ++moves_;
        at_rest = --operations_ == 0 && held_ != 0;
    }
    if (at_rest && at_rest_) {
        at_rest_();
    }
}

bool RunMonitor::hold(Hold why, bool held)
{
    {
        const std::lock_guard lock{hold_mutex_};
        const unsigned before = held_;
        const unsigned after = held ? before | bit(why) : before & ~bit(why);
        if (after == before) {
            return false;
        }
        held_ = after;
    }
    released_.notify_all();
    return true;
}

void RunMonitor::wait_while_held() noexcept
{
    std::unique_lock lock{hold_mutex_};
    released_.wait(lock, stop_, [this] { return held_ == 0; });
}

RunMonitor::Snapshot RunMonitor::snapshot() const
{
    auto snapshot = state_.with([](const State& state) { return state.now; });
    snapshot.held = (held_ & ~bit(Hold::person)) != 0;
    return snapshot;
}

}  // namespace duplid::daemon
