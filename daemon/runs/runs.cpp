#include "daemon/runs/runs.hpp"

#include "daemon/archive/errors.hpp"

#include <algorithm>
#include <atomic>

namespace duplid::daemon {

namespace {

/// Brings many appends by any thread together to few calls on the loop thread.
std::function<void()> coalesced(LoopMailbox& mailbox, std::function<void()> action)
{
    auto under_way = std::make_shared<std::atomic<bool>>(false);
    return [&mailbox, under_way, action = std::move(action)] {
        if (!under_way->exchange(true)) {
            mailbox.post([under_way, action] {
                *under_way = false;
                action();
            });
        }
    };
}

}  // namespace

Runs::Runs(LoopMailbox& mailbox, History* history) : mailbox_{mailbox}, history_{history}
{
    if (history_ == nullptr) {
        return;
    }
    for (auto& past : history_->take_past()) {
        const auto id = past.run.run;
        next_id_ = std::max(next_id_, id + 1);
        auto& entry = entries_[id];
        entry.run = std::make_shared<Run>(std::move(past));
        entry.unkept_seq = all_kept;
    }
}

std::uint64_t Runs::start(RunFacts facts, RunBody body)
{
    if (queue_.waiting() >= queued_max) {
        throw proto::ProtocolError{{proto::ErrorKind::too_many,
                                    std::to_string(queued_max) + " runs are waiting already", "",
                                    "wait for some of them to end"}};
    }
    const auto blocker = queue_.blocker_of(facts.keys);
    if (blocker && facts.no_wait) {
        throw Error{Error::Kind::busy,
                    "run " + std::to_string(*blocker) + " is at work on this archive", facts.target,
                    "wait until it has ended"}
            .with_detail("locked");
    }
    const auto id = next_id_++;
    auto& entry = entries_[id];
    queue_.add(id, facts.keys);
    entry.run = std::make_shared<Run>(id, std::move(facts),
                                      coalesced(mailbox_, [this, id] { on_run_event(id); }));
    entry.body = std::move(body);
    entry.run->set_state(proto::RunState::queued,
                         blocker ? "waiting for run " + std::to_string(*blocker) : std::string{});
    // Not at once: whoever asked hears the id first.
    mailbox_.post([this] { start_waiting(); });
    forget_old();
    return id;
}

std::shared_ptr<Run> Runs::find(std::uint64_t run) const
{
    const auto found = entries_.find(run);
    if (found == entries_.end()) {
        throw Error{Error::Kind::not_found, "there is no run " + std::to_string(run),
                    std::to_string(run)};
    }
    return found->second.run;
}

void Runs::with_events(std::uint64_t run, std::function<void(std::shared_ptr<Run>)> use)
{
    auto found = find(run);
    if (found->has_events()) {
        use(std::move(found));
        return;
    }
    history_->events_of(run, [found, use = std::move(use)](std::vector<proto::Event> events) {
        if (!found->has_events()) {
            found->give_events(std::move(events));
        }
        use(found);
    });
}

std::vector<proto::RunSummary> Runs::list(std::uint64_t before, std::size_t limit) const
{
    std::vector<proto::RunSummary> runs;
    for (auto entry = entries_.lower_bound(before);
         entry != entries_.begin() && runs.size() < limit;) {
        --entry;
        runs.push_back(entry->second.run->summary());
    }
    return runs;
}

std::vector<proto::RunShowReply> Runs::of_job(const std::string& job, std::uint64_t before,
                                              std::size_t limit) const
{
    std::vector<proto::RunShowReply> runs;
    for (auto entry = entries_.lower_bound(before);
         entry != entries_.begin() && runs.size() < limit;) {
        --entry;
        if (entry->second.run->is_of(job)) {
            runs.push_back(entry->second.run->show());
        }
    }
    return runs;
}

std::vector<proto::RunSummary> Runs::active() const
{
    std::vector<proto::RunSummary> runs;
    for (const auto& [id, entry] : entries_) {
        if (!entry.run->has_ended()) {
            runs.push_back(entry.run->summary());
        }
    }
    return runs;
}

std::vector<std::shared_ptr<Run>> Runs::not_ended() const
{
    std::vector<std::shared_ptr<Run>> runs;
    for (const auto& [id, entry] : entries_) {
        if (!entry.run->has_ended()) {
            runs.push_back(entry.run);
        }
    }
    return runs;
}

std::vector<LifeSign> Runs::life_signs() const
{
    std::vector<LifeSign> signs;
    for (const auto& [id, entry] : entries_) {
        if (!entry.conductor) {
            continue;
        }
        auto& run = *entry.run;
        // Queued with a thread of its own: behind somebody else's lock, or fetching its secrets.
        const bool waits = run.state() != proto::RunState::running || run.facts().may_ask ||
                           run.monitor().is_waiting();
        signs.push_back({id, waits, run.monitor().moves() + run.log().range().next_seq,
                         entry.conductor->computed()});
    }
    return signs;
}

void Runs::stop(std::uint64_t run)
{
    static_cast<void>(find(run));
    stop_entry(entries_.at(run));
}

void Runs::stop_at_border(std::uint64_t run)
{
    const auto found = find(run);
    if (found->summary().kind != proto::RunKind::backup) {
        throw Error{Error::Kind::invalid, "run " + std::to_string(run) + " is no backup",
                    std::to_string(run),
                    "only backups stop at the border of a volume; stop it now"};
    }
    if (found->state() == proto::RunState::queued) {
        stop_entry(entries_.at(run));
    } else if (!found->has_ended()) {
        found->request_stop_at_border();
    }
}

void Runs::stop_all()
{
    for (auto& [id, entry] : entries_) {
        stop_entry(entry);
    }
}

void Runs::stop_attached(std::uint64_t owner)
{
    for (auto& [id, entry] : entries_) {
        const auto& facts = entry.run->facts();
        if (facts.lifetime == proto::Lifetime::attached && facts.owner == owner) {
            stop_entry(entry);
        }
    }
}

bool Runs::hold_attached(std::uint64_t owner, bool held)
{
    bool changed = false;
    for (auto& [id, entry] : entries_) {
        auto& run = *entry.run;
        if (run.has_ended() || run.facts().lifetime != proto::Lifetime::attached ||
            run.facts().owner != owner || !run.monitor().hold(Hold::client, held)) {
            continue;
        }
        changed = true;
        run.tell(held ? "held: its client does not answer" : "its client is back");
    }
    return changed;
}

void Runs::set_running_max(std::size_t most)
{
    queue_.set_running_max(most);
    mailbox_.post([this] { start_waiting(); });
}

void Runs::start_waiting()
{
    for (const auto id : queue_.take_startable()) {
        auto& entry = entries_.at(id);
        entry.conductor =
            std::make_unique<RunConductor>(*entry.run, std::exchange(entry.body, nullptr), mailbox_,
                                           [this, id](proto::RunState state, RunResult result) {
                                               end(id, state, std::move(result));
                                           });
    }
}

void Runs::on_run_event(std::uint64_t run)
{
    keep(run);
    if (told_) {
        told_(run);
    }
}

void Runs::end(std::uint64_t run, proto::RunState state, RunResult result)
{
    auto& entry = entries_.at(run);
    entry.conductor.reset();
    queue_.remove(run);
    entry.run->end(state, std::move(result));
    start_waiting();
    if (idle_ && queue_.running() + queue_.waiting() == 0) {
        idle_();
    }
}

void Runs::stop_entry(Entry& entry)
{
    if (entry.run->has_ended()) {
        return;
    }
    entry.run->request_stop();
    if (!entry.conductor && entry.body) {
        // It never began; nothing has to wind down.
        entry.body = nullptr;
        RunResult result;
        result.error =
            proto::RpcError{proto::ErrorKind::cancelled, "stopped while it was queued", "", ""};
        mailbox_.post([this, id = entry.run->id(), result = std::move(result)]() mutable {
            end(id, proto::RunState::cancelled, std::move(result));
        });
        queue_.remove(entry.run->id());
    }
}

void Runs::keep(std::uint64_t run)
{
    const auto found = entries_.find(run);
    if (history_ == nullptr || found == entries_.end() || found->second.keeping ||
        found->second.unkept_seq == all_kept) {
        return;
    }
    auto& entry = found->second;
    std::vector<proto::Event> events;
    while (auto event = entry.run->log().next(entry.unkept_seq)) {
        entry.unkept_seq = event->seq + 1;
        if (!std::holds_alternative<proto::ProgressEvent>(event->what)) {
            events.push_back(std::move(*event));
        }
    }
    if (events.empty()) {
        return;
    }
    // One batch under way at a time: what comes meanwhile stays in the run's own bounded log.
    entry.keeping = true;
    history_->keep(entry.run->show(), std::move(events), [this, run] {
        if (const auto kept = entries_.find(run); kept != entries_.end()) {
            kept->second.keeping = false;
            keep(run);
        }
    });
}

bool Runs::is_kept(const Entry& entry) const
{
    return history_ == nullptr || entry.unkept_seq == all_kept ||
           (!entry.keeping && entry.unkept_seq == entry.run->log().range().next_seq);
}

void Runs::forget_old()
{
    const auto ended_max = history_ != nullptr ? History::runs_max : ended_alone_max;
    auto with_events = std::count_if(entries_.begin(), entries_.end(), [](const auto& item) {
        return item.second.run->has_ended() && item.second.run->has_events();
    });
    for (auto item = entries_.begin(); item != entries_.end();) {
        auto& entry = item->second;
        const bool removable = entry.run->has_ended() && is_kept(entry);
        if (removable && entries_.size() > ended_max) {
            item = entries_.erase(item);
            continue;
        }
        if (with_events > with_events_max && has_events_to_forget(entry)) {
            forget_events_of(entry);
            --with_events;
        }
        ++item;
    }
}

bool Runs::has_events_to_forget(const Entry& entry) const
{
    // The history has them. A watcher shares the run, and then they stay.
    return history_ != nullptr && entry.run->has_ended() && entry.run->has_events() &&
           is_kept(entry) && entry.run.use_count() == 1;
}

void Runs::forget_events_of(Entry& entry) noexcept
{
    entry.run->forget_events();
    entry.unkept_seq = all_kept;
}

void Runs::forget_events() noexcept
{
    for (auto& [id, entry] : entries_) {
        if (has_events_to_forget(entry)) {
            forget_events_of(entry);
        }
    }
}

}  // namespace duplid::daemon
