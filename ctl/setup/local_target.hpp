// A target on this machine: its directory, the disk that it is on, and that the daemon may write
// there.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/instance.hpp"
#include "ctl/interrupts.hpp"
#include "ctl/session.hpp"
#include "ctl/setup/questions.hpp"
#include "ctl/setup/undo.hpp"

#include <string>
#include <string_view>

namespace duplid::setup {

/// Unless the line says --filesystem: names the disk that a local target is on, so that an empty
/// mount point is never taken for it. Throws: Failure when there should be a disk and is none.
void settle_disk_of_target(ctl::Session& session, ctl::CommandLine& line,
                           const Questions& questions);

/// Makes the directory and shows that the daemon can write there. The system's service sees the
/// machine read-only: it is given this directory by a drop-in of its unit and started anew, after
/// which `chosen` is a new conversation. Throws: Failure; Interrupted.
void prepare_local_target(const std::string& path, const ctl::CommandLine& line,
                          const Questions& questions, ctl::Chosen& chosen,
                          ctl::Interrupts& interrupts, Undo& undo);

/// What the drop-in says: ReadWritePaths= of systemd.exec(5), quoted as systemd.syntax(7) has it.
/// A path that is not there is no reason for the service not to start. Throws: Failure denied for
/// names that would have to be escaped.
[[nodiscard]] std::string drop_in_text(std::string_view path);

}  // namespace duplid::setup
