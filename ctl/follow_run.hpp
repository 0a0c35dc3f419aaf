// Watches one run to its end and shows what it says.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/output.hpp"
#include "ctl/session.hpp"
#include "ctl/show/style.hpp"
#include "proto/event.hpp"

#include <cstdint>

namespace duplid::ctl {

/// How much is shown, and in which form.
struct Look {
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    bool progress = false;
    bool statistics = true;
    bool pager = true;
    show::Style style{};        ///< on standard output
    show::Style error_style{};  ///< on standard error
};
[[nodiscard]] Look look_of(const CommandLine& line);

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
