// The events of one run: numbered, bounded, written by its threads, read by whoever watches.
#pragma once

#include "daemon/loop/guarded.hpp"
#include "proto/event.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace duplid::daemon {

/// Readers keep the number of the event they want next and ask for it when they can take one; so a
/// slow reader costs nothing, and of progress it sees only the newest. Threads: any.
class EventLog {
public:
    using What = decltype(proto::Event::what);

    /// Limits on what is kept besides the newest progress. Older events give way.
    static constexpr std::size_t events_max = 10'000;
    static constexpr std::size_t text_bytes_max = 4 << 20;

    /// `on_append` is called after each append, by the appending thread; it must not block.
    EventLog(std::uint64_t run, std::function<void()> on_append);
    /// The log of a run that ended in an earlier life of the daemon.
    explicit EventLog(std::vector<proto::Event> events);

    void append(What what);
    /// As append(), for events that are the result itself and come by the thousand: waits while
    /// whoever watches is far behind, but not for somebody who does not watch, or no longer.
    void append_paced(What what, const std::stop_token& stop);

    /// The first kept event with this number or a higher one. When events from `seq` on had to go,
    /// it is a `lost` event that carries the number of the last of them.
    [[nodiscard]] std::optional<proto::Event> next(std::uint64_t seq) const;

    struct Range {
        std::uint64_t first_seq;
        std::uint64_t next_seq;
    };
    [[nodiscard]] Range range() const;

private:
    struct State {
        std::deque<proto::Event> events;
        std::optional<proto::Event> progress;  ///< the newest; older ones are forgotten
        std::uint64_t next_seq = 1;
        std::uint64_t dropped_up_to = 0;
        std::size_t text_bytes = 0;
    };

    void note_asked(std::uint64_t seq) const;

    std::uint64_t run_;
    std::function<void()> on_append_;
    Guarded<State> state_;

    /// How far the quickest reader is, for append_paced().
    mutable std::mutex pace_mutex_;
    mutable std::condition_variable_any read_on_;
    mutable std::uint64_t asked_seq_ = 0;
    std::uint64_t given_up_at_ = 0;  ///< nobody read on from there when it was waited for
};

}  // namespace duplid::daemon
