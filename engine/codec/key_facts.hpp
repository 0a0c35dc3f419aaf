// What the key ring says about keys, asked through gpgme only when something about them is amiss.
// Used inside this folder only.
#pragma once

#include "engine/codec/openpgp_settings.hpp"

#include <string>

namespace duplid::codec {

enum class KeyUse { encrypt, sign };

/// Why gpg does not use the key `name` ("it expired on 2020-01-02"); empty when that cannot be
/// told. Never throws: it is for texts of errors that are already there.
[[nodiscard]] std::string why_unusable(const OpenPgpSettings& settings, const std::string& name,
                                       KeyUse use) noexcept;

/// The secret key to sign with, as gpg's --local-user takes it: the primary key's fingerprint, from
/// which gpg chooses the subkey that signs; or with `!` that of the subkey which
/// `settings.sign_key` names. Throws: Error not_found, invalid (more than one key), denied
/// (unusable).
[[nodiscard]] std::string find_signing_key(const OpenPgpSettings& settings);

/// The primary key's fingerprint and the name of its owner, for a key id of 16 digits; `id` alone
/// where the key is not known.
struct KeyOwner {
    std::string primary;
    std::string name;
};
[[nodiscard]] KeyOwner owner_of(const OpenPgpSettings& settings, const std::string& id);

}  // namespace duplid::codec
