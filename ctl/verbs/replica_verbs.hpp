// replicate and repair.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// As verbs.hpp's execute(): the exit status.
[[nodiscard]] int replicate(const CommandLine& line, Output& output, Interrupts& interrupts);
[[nodiscard]] int repair(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
