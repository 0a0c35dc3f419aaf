// Verbs that show how things stand and how they went.
#pragma once

#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/jobs.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace duplid::ctl {

/// All return the exit status. Throw: Failure; Interrupted.
int status(const CommandLine& line, Output& output, Interrupts& interrupts);
int log(const CommandLine& line, Output& output, Interrupts& interrupts);
int history(const CommandLine& line, Output& output, Interrupts& interrupts);

/// Whether a word is the number of a run, and not the name of a job.
[[nodiscard]] bool is_run_number(const std::string& text) noexcept;

/// The job of that name among `jobs`. Throws: Failure not_found, with the one that may be meant.
[[nodiscard]] const proto::JobSummary& job_named(const std::string& name,
                                                 std::span<const proto::JobSummary> jobs);

}  // namespace duplid::ctl
