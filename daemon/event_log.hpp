// The events of one run: numbered, bounded, written by its threads, read by whoever watches.
#pragma once

#include "daemon/guarded.hpp"
#include "proto/event.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
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

    std::uint64_t run_;
    std::function<void()> on_append_;
    Guarded<State> state_;
};

}  // namespace duplid::daemon
