// Who can read, who signs, and which gpg does it.
#pragma once

#include "storage/io/secret.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace duplid::codec {

struct OpenPgpSettings {
    /// As gpg's --recipient and --hidden-recipient take them. With none of either, encryption is
    /// symmetric, with `passphrase`.
    std::vector<std::string> recipients;
    std::vector<std::string> hidden_recipients;
    /// Key id or fingerprint, 8, 16 or 40 hex digits with or without 0x; empty: no signature.
    std::string sign_key;
    /// For symmetric encryption, and for the secret key that decrypts. As with gpg's
    /// --passphrase-fd, only what precedes a line feed counts.
    io::Secret passphrase;
    /// For `sign_key`; when not set, `passphrase` serves.
    io::Secret sign_passphrase;
    /// Name or path; empty: the `gpg` in PATH, as for duplicity (command-line.md 2.3).
    std::string gpg_binary;
    /// GnuPG's home directory; empty: the user's own.
    std::string home;
    /// Passphrases come from the user's agent and pinentry, not from here.
    bool use_agent = false;
    /// Encrypt to keys whatever their validity.
    bool always_trust = false;
    /// Further words for gpg's command line (gpg_options.hpp).
    std::vector<std::string> gpg_options;
    /// Given to gpg as --secret-keyring when reading; GnuPG 2.1 and newer takes no notice of it.
    std::string secret_keyring;
    /// Our program that puts `gpg_options` before what gpgme says to gpg (gpg_exec.cpp). Needed
    /// where gpgme runs a gpg with options.
    std::string gpg_exec;
    /// Ends a gpg that waits, for a person at a pinentry among others.
    std::stop_token stop;

    /// No key can read what is written, only `passphrase`.
    [[nodiscard]] bool is_symmetric() const noexcept
    {
        return recipients.empty() && hidden_recipients.empty();
    }
    /// Of `sign_key`.
    [[nodiscard]] const io::Secret& secret_to_sign() const noexcept
    {
        return sign_passphrase.is_set() ? sign_passphrase : passphrase;
    }
};

}  // namespace duplid::codec
