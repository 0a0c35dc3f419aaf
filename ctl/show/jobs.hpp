// Jobs and their configuration, for people.
#pragma once

#include "proto/jobs.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace duplid::show {

/// One line a job, and one more for each thing that somebody should look at. `now`: epoch seconds.
[[nodiscard]] std::string job_table(std::span<const proto::JobSummary> jobs, std::int64_t now);

[[nodiscard]] std::string job_details(const proto::JobShowReply& reply, std::int64_t now);

/// "usb (required): behind 3 sets, last good 2 days ago, stale: the disk is not there".
[[nodiscard]] std::string target_in_words(const proto::TargetStatus& target, std::int64_t now);

/// "error: /etc/duplid/jobs.d/home.json:7:5: there is no setting ..."
[[nodiscard]] std::string problem(const proto::ConfigProblem& problem);

[[nodiscard]] std::string configuration(const proto::ConfigCheckReply& reply);

/// The two largest units: "3 days 4 h", "12 min".
[[nodiscard]] std::string age_in_words(std::int64_t seconds);
/// "3 h 10 min ago"; "in the future" when a clock was set.
[[nodiscard]] std::string ago_in_words(std::int64_t moment, std::int64_t now);

}  // namespace duplid::show
