// What "duplictl watch" shows: runs at work, those that ended lately, and what is due next.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/event.hpp"
#include "proto/session.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace duplid::show {

/// A run as far as it is known from the daemon's status and from its events.
struct WatchedRun {
    proto::RunSummary run;
    std::string waiting;               ///< for what, while it is queued
    std::deque<std::string> warnings;  ///< the last ones
    std::uint64_t warnings_told = 0;   ///< by events; the daemon's own count comes less often
};

/// What is watched, kept up to date by what the daemon says.
class WatchBoard {
public:
    static constexpr std::size_t warnings_max = 3;
    static constexpr std::size_t ended_max = 5;

    /// Not empty: runs of this job only.
    explicit WatchBoard(std::string job) : job_{std::move(job)} {}

    /// Returns the runs that were not known before.
    std::vector<std::uint64_t> take(const proto::StatusReply& status);
    /// A run that status does not name because it was so short. Whether it is new, and of interest.
    bool add(const proto::RunSummary& run);
    void take(const proto::Event& event);
    /// A run that status does not name any more, and of which no last event came.
    void end(const proto::RunSummary& run);

    /// Those that status no longer named, although nothing said that they ended.
    [[nodiscard]] std::vector<std::uint64_t> vanished() const;
    [[nodiscard]] bool is_idle() const noexcept { return active_.empty(); }
    [[nodiscard]] bool knows(std::uint64_t run) const { return active_.contains(run); }

    /// Lines for a window of that size: no more than fit.
    [[nodiscard]] std::vector<std::string> lines(std::int64_t now, std::size_t columns,
                                                 std::size_t rows, const Style& style) const;
    /// "Nothing is running; next: home in 3 h".
    [[nodiscard]] std::string idle_in_words(std::int64_t now) const;
    /// "run 12 (backup of home)", for lines that stand by themselves.
    [[nodiscard]] std::string name_of(std::uint64_t run) const;

private:
    void retire(std::uint64_t run);

    std::string job_;
    proto::StatusReply status_;
    std::map<std::uint64_t, WatchedRun> active_;
    std::deque<WatchedRun> ended_;  ///< the newest first
};

}  // namespace duplid::show
