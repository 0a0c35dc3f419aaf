// Commands whose output becomes files of a backup: run when the walk comes to their places, each
// once, however many targets the backup has.
//
// What a command writes goes to an unnamed file in the directory for temporary files first, because
// a tar entry begins with its size, and because of a command that fails in the end nothing may be
// in any volume. The price is room for the largest of them. Refused: blocks of unknown number
// (archive-format.md 4.3 would allow them), which would have left when the status is known.
#pragma once

#include "daemon/operations/operations.hpp"
#include "engine/operation/object/made_file.hpp"
#include "proto/backup.hpp"

#include <string>
#include <vector>

namespace duplid::daemon {

/// Whether they make sense here. Throws: Error invalid, its object the member: "commands[0].path".
void check_commands(const std::vector<proto::CommandParams>& commands, const Workshop& workshop);

/// For the engine. Workshop and control outlive them. Their make() throws: Error unreachable, its
/// detail `command_failed`, when the command ended with another status than 0, or not in time;
/// not_found or denied when it cannot be started; no_space when its output has no room;
/// cancelled.
[[nodiscard]] std::vector<operation::MadeFile>
made_files(const std::vector<proto::CommandParams>& commands, const std::string& temp_directory,
           Workshop& workshop, RunControl& control);

}  // namespace duplid::daemon
