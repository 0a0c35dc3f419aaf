// The packets that gpg puts before and around what it encrypts, read without any key.
//
// Format facts: RFC 4880 sections 5.1 to 5.4 (session keys, signatures, one-pass signatures).
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/source.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::codec {

/// What stands for a recipient that a message does not name.
inline constexpr std::string_view hidden_key_id = "0000000000000000";

/// Whom a message says it is encrypted to.
struct MessageRecipients {
    /// Key ids of 16 upper-case hex digits; hidden ones are all zeros.
    std::vector<std::string> keys;
    bool has_passphrase = false;

    [[nodiscard]] std::size_t hidden() const noexcept;
};

/// Reads the front of a message. Nothing when it is not a binary OpenPGP message as far as read.
/// Throws: whatever `message` throws.
[[nodiscard]] std::optional<MessageRecipients> recipients_of(io::Source& message);

/// The one-pass signature packet to stand before content that `signature`, a detached one, will
/// follow. Nothing unless that is exactly one signature packet of version 4 over binary content,
/// which names its key: gpg has to sign by itself then.
[[nodiscard]] std::optional<io::Bytes> one_pass_for(io::ByteView signature);

}  // namespace duplid::codec
