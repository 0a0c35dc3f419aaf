// "duplictl watch": what runs, as it runs.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// With a run's number, that run to its end, with its exit status. Else all runs, or those of a
/// job, until the user breaks in or, with --once, nothing runs: on a terminal as a screen that is
/// drawn anew, else as a line for each event.
/// Returns the exit status. Throws: Failure; Interrupted.
int watch(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
