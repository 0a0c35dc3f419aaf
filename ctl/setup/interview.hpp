// What a command line about a new job lacks: asked for on the terminal, or taken from defaults.
#pragma once

#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/setup/new_job.hpp"
#include "ctl/setup/questions.hpp"
#include "ctl/words/command_line.hpp"

#include <string>
#include <vector>

namespace duplid::setup {

/// What init cannot do without and the line does not say, in words for a message. `with_defaults`:
/// what has a default is not lacking.
[[nodiscard]] std::vector<std::string> lacking(const ctl::CommandLine& line, bool with_defaults);

/// The line with everything that it lacks: source, target, encryption, schedule, how long backups
/// are kept, and what is left out of a source like this. A name is there already. `session`: with
/// the daemon that is to have the job. Throws: Failure; Interrupted.
[[nodiscard]] NewJob complete_for_init(const ctl::CommandLine& line, const Questions& questions,
                                       ctl::Session& session);

/// Only what no job can do without: source, target and encryption, and only on a terminal.
/// `for_system`: the daemon is the machine's.
[[nodiscard]] NewJob complete_for_job_add(const ctl::CommandLine& line, bool for_system,
                                          ctl::Interrupts& interrupts);

/// Throws: Failure (usage) when it lacks what cannot be asked for.
void check_for_job_add(const ctl::CommandLine& line);

}  // namespace duplid::setup
