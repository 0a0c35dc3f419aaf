// Verbs about jobs and the configuration they are written in.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// All return the exit status. Throw: Failure; Interrupted.
int job_list(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_show(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_run(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_pause(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_resume(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_add(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_set(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_edit(const CommandLine& line, Output& output, Interrupts& interrupts);
int job_remove(const CommandLine& line, Output& output, Interrupts& interrupts);
int config_check(const CommandLine& line, Output& output, Interrupts& interrupts);
int reload(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
