// The password of a target that the URL leaves out.
//
// When duplicity asks, and with which words: command-line.md 8.3, and the reference as run (FTP and
// WebDAV "Password for 'user@host': ", IMAP "Enter account password: ", ssh with --ssh-askpass).
// Unlike it we ask on a terminal only, and only for a user that the URL names: without a password a
// target is tried as it is.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/secrets/secrets.hpp"
#include "proto/backend_params.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::ctl {

struct PasswordQuestion {
    std::string variable;  ///< the answer stands for it: FTP_PASSWORD or IMAP_PASSWORD
    std::string prompt;
};

/// What is to be asked for a target; nothing when its URL has the password or names no user, and
/// for targets that log in by other means.
[[nodiscard]] std::optional<PasswordQuestion> password_question(std::string_view url,
                                                                const proto::BackendParams& params);

/// Asks for what `secrets` has not, if there is a terminal, and adds it to the variables. An answer
/// serves all targets. Throws: Interrupted; Failure.
void complete_target_password(Secrets& secrets, std::string_view url,
                              const proto::BackendParams& params, Interrupts& interrupts);

}  // namespace duplid::ctl
