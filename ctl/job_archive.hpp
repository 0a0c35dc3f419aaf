// --job: the archive of a job, as the resident daemon knows it, for commands that work with the
// caller's own rights.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/interrupts.hpp"
#include "proto/archive_params.hpp"

#include <string>

namespace duplid::ctl {

/// The same command line, with CommandLine::job_archive filled in if --job was given: the job's
/// target and options, and those secrets that lie in files which the caller may read, or in the
/// caller's key ring. Throws: Failure, for a job that does not exist among others; usage for
/// options that the job says itself.
[[nodiscard]] CommandLine with_job(CommandLine line, Interrupts& interrupts);

/// The line of another command about the archive of a job of the daemon that `line` is for.
/// `target`: which of several; empty: one that is good. Throws: as with_job().
[[nodiscard]] CommandLine about_job(const CommandLine& line, const std::string& job,
                                    const std::string& target, Interrupts& interrupts);

/// The variable that stands for the password which the target's URL leaves out.
[[nodiscard]] std::string password_variable(const proto::ArchiveParams& archive);

}  // namespace duplid::ctl
