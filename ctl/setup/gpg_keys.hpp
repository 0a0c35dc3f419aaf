// Secret keys that the caller's gpg has: what an archive can be encrypted for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace duplid::setup {

struct SecretKey {
    std::string fingerprint;
    std::string user;  ///< the first user id: "Ann <ann@example.org>"
};

/// None, too, when there is no gpg. Throws: Failure.
[[nodiscard]] std::vector<SecretKey> secret_keys();

/// From what "gpg --with-colons --list-secret-keys" prints (GnuPG's doc/DETAILS): keys that can
/// encrypt and have neither expired nor been revoked.
[[nodiscard]] std::vector<SecretKey> secret_keys_from(std::string_view text);

}  // namespace duplid::setup
