// Verbs that ask about files in backups.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// All return the exit status and throw: Failure; Interrupted.
int list_current_files(const CommandLine& line, Output& output, Interrupts& interrupts);
int find(const CommandLine& line, Output& output, Interrupts& interrupts);
int versions(const CommandLine& line, Output& output, Interrupts& interrupts);
int compare(const CommandLine& line, Output& output, Interrupts& interrupts);
int why(const CommandLine& line, Output& output, Interrupts& interrupts);
/// collection-status with --file-changed or --show-changes-in-set.
int changes(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
