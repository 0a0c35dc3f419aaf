// Targets on this machine: their directories, the disks that they are on, and that the daemon may
// write there.
#pragma once

#include "ctl/link/instance.hpp"
#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/setup/questions.hpp"
#include "ctl/setup/undo.hpp"
#include "ctl/words/command_line.hpp"

#include <string>
#include <string_view>

namespace duplid::setup {

/// Unless the line says --filesystem: names the disk that each target on this machine is on, so
/// that an empty mount point is never taken for it. Throws: Failure when there should be a disk and
/// is none.
void settle_disks_of_targets(ctl::Session& session, ctl::CommandLine& line,
                             const Questions& questions);

/// Makes the directory of each target on this machine, and shows that the daemon can write there.
/// The system's service sees the machine read-only: it is given these directories by drop-ins of
/// its unit and started anew, after which `chosen` is a new conversation. Throws: Failure;
/// Interrupted.
void prepare_local_targets(const ctl::CommandLine& line, const Questions& questions,
                           ctl::Chosen& chosen, ctl::Interrupts& interrupts, Undo& undo);

/// What the drop-in says: ReadWritePaths= of systemd.exec(5), quoted as systemd.syntax(7) has it.
/// A path that is not there is no reason for the service not to start. Throws: Failure denied for
/// names that would have to be escaped.
[[nodiscard]] std::string drop_in_text(std::string_view path);

}  // namespace duplid::setup
