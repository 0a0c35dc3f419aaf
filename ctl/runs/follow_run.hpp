// Watches one run to its end and shows what it says.
#pragma once

#include "ctl/link/session.hpp"
#include "ctl/process/output.hpp"
#include "ctl/show/look.hpp"
#include "proto/event.hpp"

#include <cstdint>

namespace duplid::ctl {

/// Whether a signal to this process stops the run or only the watching.
enum class Ownership { ours, watched };

/// Shows warnings, notes and progress as they come; returns the last event, not yet shown.
/// Throws: Failure; Interrupted (see Session::follow).
[[nodiscard]] proto::DoneEvent follow_run(Session& session, std::uint64_t run, Ownership ownership,
                                          const Look& look, Output& output);

/// Prints the report, or the error, of a run that ended. Returns the exit status.
int show_end(const proto::DoneEvent& done, const Session& session, const Look& look,
             Output& output);

}  // namespace duplid::ctl
