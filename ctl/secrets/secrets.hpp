// Which passphrases a command needs, and where they come from; and what the environment holds for
// targets.
//
// When duplicity asks for one: command-line.md 9.2. Its variables are kept; the texts are ours.
#pragma once

#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "proto/backup.hpp"
#include "proto/target_variables.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ctl {

/// A variable of the environment that some target reads.
struct Variable {
    std::string name;
    proto::SecretText value;
};

/// What the environment held. Passphrases, passwords and keys are taken out of it: they are wiped
/// and unset, so that neither a child nor /proc/PID/environ shows them any longer.
struct Secrets {
    proto::SecretText passphrase;
    proto::SecretText sign_passphrase;
    proto::SecretText source_passphrase{};  ///< of what replicate copies
    std::vector<Variable> variables{};      ///< for targets (proto/target_variables.hpp)
};
[[nodiscard]] Secrets take_environment_secrets();

/// Those variables that targets of these kinds may read, as members of a request about them.
/// Throws: Failure (usage) when they are too many.
[[nodiscard]] std::vector<SecretMember> variables_for(const Secrets& secrets,
                                                      proto::TargetKinds kinds);

/// Completes `secrets` for a backup: asks on the terminal for what is needed and missing, twice
/// where a slip would lock the owner out. With keys and without a signature nothing is needed.
/// Throws: Failure wrong_secret when there is no terminal, naming the variable to set.
void complete_for_backup(Secrets& secrets, const proto::BackupParams& params,
                         Interrupts& interrupts);

/// The same for other runs that write encrypted files. `is_new`: nothing there may know the
/// passphrase yet, so that a slip would go unnoticed.
void complete_for_writing(Secrets& secrets, const proto::ArchiveParams& archive, bool is_new,
                          Interrupts& interrupts);

/// After an archive turned out not to open without a passphrase: asks for one. false when it
/// cannot help: one was given, the agent was to supply it, or there is no terminal.
[[nodiscard]] bool ask_for_reading(Secrets& secrets, const proto::ArchiveParams& archive,
                                   Interrupts& interrupts);

}  // namespace duplid::ctl
