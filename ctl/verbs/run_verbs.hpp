// Verbs that stop runs at work, or change them.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

// Return the exit status. Throw: Failure, Interrupted, proto::ProtocolError.
[[nodiscard]] int run_stop(const CommandLine& line, Output& output, Interrupts& interrupts);
[[nodiscard]] int run_pause(const CommandLine& line, Output& output, Interrupts& interrupts);
[[nodiscard]] int run_resume(const CommandLine& line, Output& output, Interrupts& interrupts);
[[nodiscard]] int run_limit(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
