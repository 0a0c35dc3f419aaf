// OpenPGP through gpgme: encrypting, decrypting, checking signatures (archive-format.md 8).
//
// Nothing here touches gpgme before its first call, because a gpgme that is merely initialised
// starts six child processes. All functions may be called from several threads at once; each uses
// its own gpgme context and gpg process.
#pragma once

#include "engine/codec/engine.hpp"
#include "storage/io/secret.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::codec {

/// Who can read, who signs, and which gpg does it.
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
    /// Name or path; empty: the gpg that gpgme was built for.
    std::string gpg_binary;
    /// GnuPG's home directory; empty: the user's own.
    std::string home;
    /// Passphrases come from the user's agent and pinentry, not from here.
    bool use_agent = false;
    /// Encrypt to keys whatever their validity.
    bool always_trust = false;
    /// Further options for gpg. gpgme cannot pass any, so every use with some is refused.
    std::vector<std::string> gpg_options;
};

/// What decryption found out beside the content.
struct DecryptReport {
    bool is_signed = false;
    /// Fingerprints (40 upper-case hex digits) of the keys whose signatures were checked and good:
    /// the signing key's own, and its primary key's where that is another. Keys that have expired
    /// or were revoked meanwhile are left out, though their messages are read.
    std::vector<std::string> good_signers;
};

/// Whether `text` can name a key to sign with: 8, 16 or 40 hex digits, with or without 0x.
[[nodiscard]] bool is_key_id(std::string_view text);

/// Whether one of the good signers is the key `key_id`, given as 8, 16 or 40 hex digits in either
/// case, with or without 0x. Compared from the right (archive-format.md 8.5).
[[nodiscard]] bool is_signed_by(const DecryptReport& report, std::string_view key_id);

/// Encrypts a stream of inner packets (see packet.hpp) without a signature. `ciphertext` is not
/// finished. Must not be used with a `sign_key`: the signature would cover the packets instead of
/// their content.
/// Throws: Error invalid (settings), not_found (no such recipient, gpg or home), denied (a
/// recipient's key is not trusted, expired or revoked), wrong_secret (no passphrase), unreachable
/// (gpg does not work), internal (gpg failed otherwise); whatever `inner_packets` and `ciphertext`
/// throw, at once.
void encrypt(io::Source& inner_packets, io::Sink& ciphertext, const OpenPgpSettings& settings);

/// Signs and encrypts plain content; gpg compresses, at the level of its own configuration.
/// `ciphertext` is not finished.
/// Throws: as encrypt(), and not_found when there is no secret key for `sign_key`, wrong_secret
/// when it needs another passphrase.
void sign_and_encrypt(io::Source& plain, io::Sink& ciphertext, const OpenPgpSettings& settings);

/// What a decryption gives out.
enum class DecryptTo {
    packets,  ///< the inner packets, for PacketSource; signatures are not looked at
    content,  ///< gpg inflates, and checks all signatures
};

/// Decrypts one message. Nothing that was written to `output`, which is not finished, may be used
/// before this has returned: only at the end is it known to be what was encrypted.
/// Throws: Error corrupt (damaged, cut short, not OpenPGP, unprotected, bad signature),
/// wrong_secret (another passphrase, or no secret key for it here), denied (a signature that cannot
/// be checked, because the signer's public key is missing), invalid (settings), not_found (no such
/// gpg or home), unreachable (gpg does not work); whatever `ciphertext` and `output` throw, at
/// once.
void decrypt(io::Source& ciphertext, io::Sink& output, DecryptTo to,
             const OpenPgpSettings& settings, DecryptReport& report);

/// Opens an encrypted file as a whole: decrypts all of it into an unnamed file in `temp_directory`,
/// so that nothing is handed out before gpg has checked all of it, then gives its content, inflated
/// by us if possible. `fd` is read from its beginning by pread and belongs to the caller; it is not
/// needed once this has returned. `name` is for errors.
/// Throws: as decrypt(), `name` being the error's object.
[[nodiscard]] std::unique_ptr<io::Source> open_encrypted(int fd, const std::string& name,
                                                         const OpenPgpSettings& settings,
                                                         const std::string& temp_directory,
                                                         DecryptReport& report,
                                                         Engine engine = fastest_engine());

/// Ends the agents that gpg started for a home directory of ours. Best effort: they would end by
/// themselves once the directory is gone, only later. Never for the user's own home.
void end_agents(const std::string& home) noexcept;

}  // namespace duplid::codec
