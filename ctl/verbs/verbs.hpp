// What each verb does: one function a verb, in the order of the table.
#pragma once

#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// Runs a command to its end. Returns the exit status. Throws: Failure, Interrupted,
/// proto::ProtocolError.
[[nodiscard]] int execute(const CommandLine& line, Output& output);

}  // namespace duplid::ctl
