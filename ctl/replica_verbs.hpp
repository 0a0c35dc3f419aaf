// replicate and repair.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/interrupts.hpp"
#include "ctl/output.hpp"

namespace duplid::ctl {

/// As verbs.hpp's execute(): the exit status.
[[nodiscard]] int replicate(const CommandLine& line, Output& output, Interrupts& interrupts);
[[nodiscard]] int repair(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
