#include "daemon/schedule/scheduler.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <utility>

namespace duplid::schedule {

namespace {

/// The earlier of two moments to wake at, of which those that have passed are none.
void wake_at(std::optional<Instant>& wake, Instant moment, Instant now)
{
    if (moment > now) {
        wake = std::min(wake.value_or(moment), moment);
    }
}

bool is_paused(const Past& past, Instant now) noexcept
{
    return past.paused_until && *past.paused_until > now;
}

}  // namespace

std::string_view name_of(State state) noexcept
{
    switch (state) {
    case State::idle:
        return "idle";
    case State::due:
        return "due";
    case State::waiting:
        return "waiting";
    case State::queued:
        return "queued";
    case State::running:
        return "running";
    case State::paused:
        break;
    }
    return "paused";
}

Scheduler::Scheduler(Surroundings& around, std::shared_ptr<const Zone> local,
                     std::size_t at_once_max)
    : around_{around}, local_{std::move(local)}, at_once_max_{at_once_max}
{
}

void Scheduler::put(const std::string& name, Entry entry)
{
    auto& job = jobs_[name];
    job.entry = std::move(entry);
    job.computed.reset();
    job.held_until.reset();
}

void Scheduler::remove(std::string_view name)
{
    if (const auto at = jobs_.find(name); at != jobs_.end()) {
        jobs_.erase(at);
    }
}

void Scheduler::queued(std::string_view name)
{
    find(name).phase = Phase::queued;
}

void Scheduler::running(std::string_view name)
{
    find(name).phase = Phase::running;
}

void Scheduler::finished(std::string_view name, const Attempt& attempt)
{
    auto& job = find(name);
    job.phase = Phase::resting;
    job.entry.past = after_attempt(std::move(job.entry.past), attempt);
    job.computed.reset();
}

void Scheduler::not_started(std::string_view name, Instant held_until)
{
    auto& job = find(name);
    job.phase = Phase::resting;
    job.held_until = held_until;
}

void Scheduler::pause(std::string_view name, Instant until)
{
    find(name).entry.past.paused_until = until;
}

void Scheduler::resume(std::string_view name)
{
    find(name).entry.past.paused_until.reset();
}

void Scheduler::set_local_zone(std::shared_ptr<const Zone> local)
{
    local_ = std::move(local);
    for (auto& [name, job] : jobs_) {
        job.computed.reset();
    }
}

Scheduler::Job& Scheduler::find(std::string_view name)
{
    const auto at = jobs_.find(name);
    if (at == jobs_.end()) {
        throw Error{Error::Kind::not_found, "there is no such job", std::string{name}};
    }
    return at->second;
}

const Scheduler::Job& Scheduler::find(std::string_view name) const
{
    return const_cast<Scheduler*>(this)->find(name);
}

void Scheduler::refresh(const std::string& name, Job& job, Instant now)
{
    const bool is_good =
        job.computed && *job.computed <= now && (!job.good_until || now < *job.good_until);
    if (is_good) {
        return;
    }
    job.due = due(job.entry.plan, job.entry.past, name, now, *local_);
    job.stale_at = stale_at(job.entry.plan, job.entry.past, now);
    job.good_until.reset();
    if (job.due) {
        job.good_until = job.due->at > now ? job.due->at : job.due->let_go;
    }
    job.computed = now;
    job.unmet.reset();
}

Scheduler::Advice Scheduler::advance(Instant now)
{
    now_ = now;
    Advice advice;
    std::size_t busy = 0;
    std::vector<std::pair<const std::string*, Job*>> ready;
    for (auto& [name, job] : jobs_) {
        refresh(name, job, now);
        if (job.stale_at) {
            // Then its status changes.
            wake_at(advice.wake, *job.stale_at, now);
        }
        if (job.phase != Phase::resting) {
            ++busy;
        } else if (is_ready(job, advice)) {
            ready.emplace_back(&name, &job);
        }
    }

    std::stable_sort(ready.begin(), ready.end(), [](const auto& a, const auto& b) {
        const Job& first = *a.second;
        const Job& second = *b.second;
        return first.entry.priority != second.entry.priority
                   ? first.entry.priority > second.entry.priority
                   : first.due->at < second.due->at;
    });
    const auto room = at_once_max_ - std::min(busy, at_once_max_);
    ready.resize(std::min(ready.size(), room));
    for (const auto& [name, job] : ready) {
        job->phase = Phase::queued;
        advice.start.push_back({*name, *job->due});
    }
    return advice;
}

bool Scheduler::is_ready(Job& job, Advice& advice)
{
    if (is_paused(job.entry.past, now_)) {
        if (*job.entry.past.paused_until != Instant::max()) {
            wake_at(advice.wake, *job.entry.past.paused_until, now_);
        }
        return false;
    }
    if (!job.due) {
        return false;
    }
    wake_at(advice.wake, job.due->at, now_);
    if (job.due->let_go) {
        wake_at(advice.wake, *job.due->let_go, now_);
    }
    if (job.due->at > now_) {
        return false;
    }
    job.unmet = unmet(job.entry.conditions, around_, now_, *local_);
    if (job.unmet) {
        advice.watch = advice.watch || !job.unmet->until;
        wake_at(advice.wake, job.unmet->until.value_or(now_ + look_again), now_);
        return false;
    }
    if (job.held_until && *job.held_until > now_) {
        wake_at(advice.wake, *job.held_until, now_);
        return false;
    }
    return true;
}

bool Scheduler::has(std::string_view name) const noexcept
{
    return jobs_.find(name) != jobs_.end();
}

const Past& Scheduler::past(std::string_view name) const
{
    return find(name).entry.past;
}

Status Scheduler::status(std::string_view name) const
{
    const auto& job = find(name);
    Status status;
    status.due = job.due;
    if (is_paused(job.entry.past, now_)) {
        status.paused_until = job.entry.past.paused_until;
    }
    if (job.stale_at && *job.stale_at <= now_) {
        status.stale_since = job.stale_at;
    }
    if (job.phase == Phase::running) {
        status.state = State::running;
    } else if (job.phase == Phase::queued) {
        status.state = State::queued;
    } else if (status.paused_until) {
        status.state = State::paused;
    } else if (!job.due || job.due->at > now_) {
        status.state = State::idle;
    } else if (job.unmet) {
        status.state = State::waiting;
        status.reason = job.unmet->reason;
        status.waits_until = job.unmet->until;
    } else {
        status.state = State::due;
    }
    return status;
}

std::vector<std::string> Scheduler::names() const
{
    std::vector<std::string> names;
    names.reserve(jobs_.size());
    for (const auto& [name, job] : jobs_) {
        names.push_back(name);
    }
    return names;
}

}  // namespace duplid::schedule
