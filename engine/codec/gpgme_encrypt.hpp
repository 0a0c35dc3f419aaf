// Encryption where gpg does everything, through gpgme. Used inside this folder only.
//
// gpgme, because it can answer gpg's questions for two passphrases, the message's and the sign
// key's, in one operation.
#pragma once

#include "engine/codec/openpgp_settings.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

namespace duplid::codec {

/// As Encryptor::encrypt_content().
void gpgme_encrypt(io::Source& content, io::Sink& ciphertext, const OpenPgpSettings& settings);

}  // namespace duplid::codec
