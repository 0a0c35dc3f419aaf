#include "daemon/runs/event_log.hpp"

#include <algorithm>
#include <chrono>

namespace duplid::daemon {

namespace {

/// How long append_paced() waits for a reader to read on.
constexpr std::chrono::seconds patience{5};

double epoch_seconds_now()
{
    return std::chrono::duration<double>{std::chrono::system_clock::now().time_since_epoch()}
        .count();
}

/// What an event weighs: the text whose length somebody else decides.
std::size_t text_bytes_of(const proto::Event& event)
{
    if (const auto* warning = std::get_if<proto::WarningEvent>(&event.what)) {
        const auto& error = warning->error;
        auto bytes = error.cause.size() + error.object.size() + error.hint.size();
        for (const auto& fact : error.facts) {
            bytes += fact.value.size();
        }
        return bytes;
    }
    if (const auto* note = std::get_if<proto::NoteEvent>(&event.what)) {
        return note->text.size();
    }
    if (const auto* object = std::get_if<proto::ObjectEvent>(&event.what)) {
        return object->path.size();
    }
    if (const auto* difference = std::get_if<proto::DifferenceEvent>(&event.what)) {
        return difference->path.size() + difference->found.size() + difference->expected.size();
    }
    if (const auto* skipped = std::get_if<proto::SkippedEvent>(&event.what)) {
        return skipped->path.size();
    }
    return 0;
}

}  // namespace

EventLog::EventLog(std::uint64_t run, std::function<void()> on_append)
    : run_{run}, on_append_{std::move(on_append)}
{
}

EventLog::EventLog(std::vector<proto::Event> events) : run_{events.empty() ? 0 : events.front().run}
{
    state_.with([&events](State& state) {
        if (!events.empty()) {
            state.next_seq = events.back().seq + 1;
            // The first event of a run is that it was queued.
            state.dropped_up_to = events.front().seq - 1;
        }
        state.events.assign(std::make_move_iterator(events.begin()),
                            std::make_move_iterator(events.end()));
    });
}

void EventLog::append(What what)
{
    proto::Event event{run_, 0, epoch_seconds_now(), std::move(what)};
    state_.with([&event](State& state) {
        event.seq = state.next_seq++;
        if (std::holds_alternative<proto::ProgressEvent>(event.what)) {
            state.progress = std::move(event);
            return;
        }
        state.text_bytes += text_bytes_of(event);
        state.events.push_back(std::move(event));
        while (state.events.size() > events_max || state.text_bytes > text_bytes_max) {
            state.text_bytes -= text_bytes_of(state.events.front());
            state.dropped_up_to = state.events.front().seq;
            state.events.pop_front();
        }
    });
    if (on_append_) {
        on_append_();
    }
}

void EventLog::append_paced(What what, const std::stop_token& stop)
{
    append(std::move(what));
    const auto newest = range().next_seq;
    std::unique_lock lock{pace_mutex_};
    const auto is_near = [this, newest] { return newest < asked_seq_ + events_max / 2; };
    // Who did not read on while that was waited for is waited for again when he does.
    if (is_near() || (given_up_at_ != 0 && given_up_at_ == asked_seq_ + 1)) {
        return;
    }
    given_up_at_ = read_on_.wait_for(lock, stop, patience, is_near) ? 0 : asked_seq_ + 1;
}

void EventLog::note_asked(std::uint64_t seq) const
{
    const std::lock_guard lock{pace_mutex_};
    if (seq > asked_seq_) {
        asked_seq_ = seq;
        read_on_.notify_all();
    }
}

std::optional<proto::Event> EventLog::next(std::uint64_t seq) const
{
    note_asked(seq);
    return state_.with([&](const State& state) -> std::optional<proto::Event> {
        if (seq <= state.dropped_up_to) {
            return proto::Event{run_, state.dropped_up_to, epoch_seconds_now(),
                                proto::LostEvent{state.dropped_up_to - seq + 1}};
        }
        const auto found = std::lower_bound(
            state.events.begin(), state.events.end(), seq,
            [](const proto::Event& event, std::uint64_t wanted) { return event.seq < wanted; });
        const bool progress_fits = state.progress && state.progress->seq >= seq;
        if (found == state.events.end()) {
            return progress_fits ? state.progress : std::nullopt;
        }
        return progress_fits && state.progress->seq < found->seq ? *state.progress : *found;
    });
}

EventLog::Range EventLog::range() const
{
    return state_.with([](const State& state) {
        return Range{state.dropped_up_to + 1, state.next_seq};
    });
}

}  // namespace duplid::daemon
