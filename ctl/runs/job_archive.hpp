// --job: the archive of a job, as the resident daemon knows it, for commands that work with the
// caller's own rights.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/archive_params.hpp"

#include <string>

namespace duplid::ctl {

/// The same command line, with what it has of a job filled in if --job was given: the job's target
/// and options, those secrets that lie in files which the caller may read, or in the caller's key
/// ring, and what its commands make. Throws: Failure, for a job that does not exist among others;
/// unreachable when its target is on a disk that is not there; usage for options that the job says
/// itself.
[[nodiscard]] CommandLine with_job(CommandLine line, Interrupts& interrupts);

/// The line of another command about the archive of a job of the daemon that `line` is for.
/// `target`: which of several; empty: one that is good. Its disk may be away. Throws: as
/// with_job().
[[nodiscard]] CommandLine about_job(const CommandLine& line, const std::string& job,
                                    const std::string& target, Interrupts& interrupts);

/// The variable that stands for the password which the target's URL leaves out.
[[nodiscard]] std::string password_variable(const proto::ArchiveParams& archive);

}  // namespace duplid::ctl
