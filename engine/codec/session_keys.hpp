// Session keys of messages that nothing but a passphrase protects, derived for several at once.
//
// gpg makes a key out of a passphrase by hashing it over and over, 65 MB twice with its defaults: a
// tenth of a second in which it does nothing else, and most of what opening a small file costs.
// What is hashed repeats itself, and messages do not depend on each other: with a message or two in
// each lane of a vector register it takes a tenth of that. gpg still decrypts, and checks; where
// its way and ours could part, gpg does all of it.
//
// Format facts: RFC 4880 5.3 (the packet), 3.7.1.3 (the derivation), 3.7.1 (keys longer than a
// hash), 9.2 and 9.3 (ciphers, key sizes); gpg's --override-session-key for the text it takes.
#pragma once

#include "engine/codec/engine.hpp"
#include "engine/codec/openpgp_settings.hpp"
#include "storage/io/secret.hpp"
#include "storage/io/source.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::codec {

/// How a message says its session key is made of the passphrase.
struct KeyDerivation {
    unsigned cipher = 0;
    std::size_t key_bytes = 0;
    std::array<std::byte, 8> salt{};
    std::uint64_t count = 0;  ///< bytes to hash
};

/// How many messages' keys are best derived together; 0: none, on this processor.
[[nodiscard]] std::size_t derived_together() noexcept;

/// Reads the front of a message. Nothing unless a passphrase is all that opens it, the usual way:
/// AES, and SHA-1 salted and iterated. Throws: whatever `message` throws.
[[nodiscard]] std::optional<KeyDerivation> derivation_of(io::Source& message);

/// The session keys, in the words of gpg's --override-session-key. Empty when that cannot be done
/// here. `passphrase` is set.
[[nodiscard]] std::vector<io::Secret> session_keys(std::span<const KeyDerivation> derivations,
                                                   const io::Secret& passphrase);

/// As open_encrypted() (openpgp.hpp) without a look at signatures, when the session key is known.
/// Null when gpg does not come to an end with it: open_encrypted() then says why.
/// Throws: Error cancelled, no_space and others that have nothing to do with the key.
[[nodiscard]] std::unique_ptr<io::Source> open_with_session_key(int fd, const std::string& name,
                                                                const io::Secret& session_key,
                                                                const OpenPgpSettings& settings,
                                                                const std::string& temp_directory,
                                                                Engine engine = fastest_engine());

}  // namespace duplid::codec
