// Which passphrases a command needs, and where they come from.
//
// When duplicity asks for one: command-line.md 9.2. Its variables are kept; the texts are ours.
#pragma once

#include "ctl/interrupts.hpp"
#include "proto/backup.hpp"

#include <optional>

namespace duplid::ctl {

/// What the environment held, taken out of it: the variables are wiped and unset, so that neither
/// a child nor /proc/PID/environ shows them any longer.
struct Secrets {
    proto::SecretText passphrase;
    proto::SecretText sign_passphrase;
    proto::SecretText source_passphrase;  ///< of what replicate copies
};
[[nodiscard]] Secrets take_environment_secrets();

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

/// The variables that a daemon of ours does not get to see.
[[nodiscard]] bool is_secret_variable(std::string_view name) noexcept;

}  // namespace duplid::ctl
