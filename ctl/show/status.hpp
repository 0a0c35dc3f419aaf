// How backups stand, on one screen.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/jobs.hpp"
#include "proto/session.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace duplid::show {

struct StatusLook {
    std::int64_t now = 0;      ///< epoch seconds
    std::size_t columns = 80;  ///< of the terminal
    bool details = false;      ///< sources and targets of jobs, too
    Style style{};
};

/// The daemon; its jobs; what runs; and what somebody should look at, with what to do about it.
[[nodiscard]] std::string status_screen(const proto::StatusReply& status, const StatusLook& look);

/// Something about a job that somebody should know.
struct Remark {
    Paint paint = Paint::warning;
    std::string what;    ///< without the job's name
    std::string advice;  ///< what to do; may be empty
};
[[nodiscard]] std::vector<Remark> remarks_on(const proto::JobSummary& job, std::int64_t now);

/// "backup of home", "restore": what a run is.
[[nodiscard]] std::string title_of(const proto::RunSummary& run);

/// "next: home in 3 h 20 min"; empty when nothing is planned.
[[nodiscard]] std::string next_due_in_words(std::span<const proto::JobSummary> jobs,
                                            std::int64_t now);

}  // namespace duplid::show
