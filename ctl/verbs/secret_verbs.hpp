// Verbs about secrets that jobs name.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// Returns the exit status. Throws: Failure; Interrupted.
int secret_store(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
