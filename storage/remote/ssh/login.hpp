// Proving who we are, through libssh2: agent, key files, password (backends.md 3.2).
#pragma once

#include "storage/remote/ssh/session.hpp"

namespace duplid::ssh {

/// With `may_send_password` false no password leaves this process.
/// Throws: Error denied, naming what was tried and what the server would have taken; BeyondUs when
/// the account has something that libssh2 cannot use; unreachable.
void log_in(Session& session, bool may_send_password);

/// The type of the key in a private key file of OpenSSH's or a PEM form, or of the file beside it
/// that ends in ".pub"; empty when it cannot be told without the passphrase.
[[nodiscard]] std::string key_type_of(std::string_view private_key, std::string_view public_key);

}  // namespace duplid::ssh
