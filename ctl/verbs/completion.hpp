// Words that a shell offers while somebody types, as far as the resident daemon knows them.
#pragma once

#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// "complete KIND BEGUN WORD...": one offer a line, a tab and what it is behind it. Whatever goes
/// wrong is silence: no daemon, no rights, an answer that takes longer than two seconds (it is not
/// waited for, the process ends). Starts no daemon, asks for nothing, reaches no other machine.
/// Always 0.
int complete(const CommandLine& line, Output& output);

}  // namespace duplid::ctl
