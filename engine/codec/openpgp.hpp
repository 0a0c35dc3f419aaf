// Reading OpenPGP files: decrypting, checking signatures (archive-format.md 8). How they are
// written is in encryptor.hpp.
//
// All functions may be called from several threads at once; each starts a gpg of its own.
#pragma once

#include "engine/codec/engine.hpp"
#include "engine/codec/message_head.hpp"
#include "engine/codec/openpgp_settings.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::codec {

/// What decryption found out beside the content.
struct DecryptReport {
    bool is_signed = false;
    /// Fingerprints (40 upper-case hex digits) of the keys whose signatures were checked and good:
    /// the signing key's own, and its primary key's where that is another. Keys that have expired
    /// or were revoked meanwhile are left out, though their messages are read.
    std::vector<std::string> good_signers;
    /// The keys, named for people, of all signatures that were right, those of old keys as well.
    std::vector<std::string> signers;
};

/// Whether `text` can name a key to sign with: 8, 16 or 40 hex digits, with or without 0x.
[[nodiscard]] bool is_key_id(std::string_view text);

/// Whether one of the good signers is the key `key_id`, given as 8, 16 or 40 hex digits in either
/// case, with or without 0x. Compared from the right (archive-format.md 8.5).
[[nodiscard]] bool is_signed_by(const DecryptReport& report, std::string_view key_id);

/// What a decryption gives out.
enum class DecryptTo {
    packets,  ///< the inner packets, for PacketSource; signatures are not looked at
    content,  ///< gpg inflates, and checks all signatures
};

/// Decrypts one message. Nothing that was written to `output`, which is not finished, may be used
/// before this has returned: only at the end is it known to be what was encrypted.
/// Throws: Error corrupt (damaged, cut short, not OpenPGP, unprotected, bad signature),
/// wrong_secret (another passphrase, no secret key for it here, no card or pinentry), denied (a
/// signature that cannot be checked, because the signer's public key is missing), invalid
/// (settings), not_found (no such gpg or home), unreachable (gpg does not work), cancelled;
/// whatever `ciphertext` and `output` throw, at once.
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

/// In what two messages differ as to who can read them: "encrypted to A and B instead of C", with
/// the owners' names where the key ring knows them. Empty when they do not: subkeys of one key are
/// the same reader, and hidden recipients can only be counted.
[[nodiscard]] std::string difference_of(const MessageRecipients& now,
                                        const MessageRecipients& before,
                                        const OpenPgpSettings& settings);

/// Ends the agents that gpg started for a home directory of ours. Best effort: they would end by
/// themselves once the directory is gone, only later. Never for the user's own home.
void end_agents(const std::string& home) noexcept;

}  // namespace duplid::codec
