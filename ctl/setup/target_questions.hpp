// Where a new job's backups go: one target, or several that get the same, and what it takes to get
// at each of them.
#pragma once

#include "ctl/secrets/secrets.hpp"
#include "ctl/setup/new_job.hpp"
#include "ctl/setup/questions.hpp"
#include "ctl/words/command_line.hpp"

#include <vector>

namespace duplid::setup {

/// Whether the line says where to.
[[nodiscard]] bool has_target(const ctl::CommandLine& line);

/// Unless it does: asks for one, and for as many further ones as are wanted, all of which have
/// names then.
void ask_targets(ctl::CommandLine& line, const Questions& questions);

/// Leaves targets that lie in the source out of it, before all other rules: a backup must not
/// swallow itself.
void leave_out_targets(ctl::CommandLine& line);

/// Gives each target what is its of `variables`, those of the caller's environment, and the
/// password that its URL leaves out, asked for. Of several, a variable that more than one of them
/// would read is nobody's: it cannot be told whose it is.
void take_credentials(NewJob& job, const std::vector<ctl::Variable>& variables,
                      const Questions& questions);

}  // namespace duplid::setup
