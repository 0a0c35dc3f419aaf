// The desktop's key ring, asked through secret-tool (libsecret): where jobs of a user's own daemon
// can have their secrets ("keyring" in a job's "secrets").
#pragma once

#include "proto/secret_text.hpp"

#include <string>

namespace duplid::ctl {

/// What it keeps under this name. Not set when there is none, no key ring, or it is not unlocked.
[[nodiscard]] proto::SecretText secret_in_key_ring(const std::string& name);

/// Puts it there, in place of what was kept under this name. Throws: Failure.
void keep_in_key_ring(const std::string& name, const proto::SecretText& secret);

}  // namespace duplid::ctl
