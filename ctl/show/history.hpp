// How the runs of a job went, for people.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/job_history.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace duplid::show {

/// A row for each run, and charts of what its backups stored and how long they took. `runs`: the
/// oldest first.
[[nodiscard]] std::string job_history(std::span<const proto::JobHistoryEntry> runs,
                                      std::size_t columns, const Style& style);

}  // namespace duplid::show
