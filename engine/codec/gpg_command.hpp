// Command lines for gpg. Used inside this folder only.
//
// The user's own options stand before ours, so that ours hold; they are those of duplicity
// (archive-format.md 8.2) as far as both do the same.
#pragma once

#include "engine/codec/gpg_process.hpp"
#include "engine/codec/openpgp_settings.hpp"

#include <string>

namespace duplid::codec {

/// The program to run, with its path: `settings.gpg_binary`, else the `gpg` in PATH.
/// Throws: Error not_found, denied.
[[nodiscard]] std::string find_gpg(const OpenPgpSettings& settings);

/// The secret a decryption or symmetric encryption needs is the message's, that of a signature the
/// sign key's.
[[nodiscard]] GpgCommand encrypting_command(const OpenPgpSettings& settings);
/// With `unwrap`, gpg gives out the packets inside instead of their content.
[[nodiscard]] GpgCommand decrypting_command(const OpenPgpSettings& settings, bool unwrap);
/// To packets, with a session key that is known (session_keys.hpp): no passphrase is given.
[[nodiscard]] GpgCommand decrypting_command_with(const OpenPgpSettings& settings,
                                                 const io::Secret& session_key);
/// `key` as find_signing_key() has it.
[[nodiscard]] GpgCommand signing_command(const OpenPgpSettings& settings, const std::string& key);

/// Asks gpg for nothing but its version.
[[nodiscard]] GpgCommand version_command(const OpenPgpSettings& settings);

/// Before gpg is run. Makes the user's usual home, if that is not there, as gpg would: of several
/// that begin at the same time, all but one fail over it (2.2.40, seen). Other homes must be there.
/// Throws: Error not_found, denied for one that is not there or not ours; gpg itself would only
/// say that it failed, or that there is no key.
void prepare_home(const OpenPgpSettings& settings);

/// Throws: Error invalid for names of recipients that gpg or gpgme would take for something else.
void check_recipients(const OpenPgpSettings& settings);

}  // namespace duplid::codec
