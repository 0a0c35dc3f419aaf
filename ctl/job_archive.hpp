// --job: the archive of a job, as the resident daemon knows it, for commands that work with the
// caller's own rights.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/interrupts.hpp"

namespace duplid::ctl {

/// The same command line, with CommandLine::job_archive filled in if --job was given: the job's
/// target and options, and those secrets that lie in files which the caller may read, or in the
/// caller's key ring. Throws: Failure, for a job that does not exist among others; usage for
/// options that the job says itself.
[[nodiscard]] CommandLine with_job(CommandLine line, Interrupts& interrupts);

}  // namespace duplid::ctl
