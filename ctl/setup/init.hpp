// Verbs that make a backup somebody's own, and tell how to get it back.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::setup {

/// From nothing to a scheduled backup of which a file was restored. Both return the exit status.
/// Throw: Failure; Interrupted.
int init(const ctl::CommandLine& line, ctl::Output& output, ctl::Interrupts& interrupts);
int print_recovery_sheet(const ctl::CommandLine& line, ctl::Output& output,
                         ctl::Interrupts& interrupts);

}  // namespace duplid::setup
