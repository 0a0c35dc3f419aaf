// Verbs about secrets that jobs name.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/interrupts.hpp"
#include "ctl/output.hpp"

namespace duplid::ctl {

/// Returns the exit status. Throws: Failure; Interrupted.
int secret_store(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
