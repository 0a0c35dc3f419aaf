// What gpg says on its status channel (GnuPG's doc/DETAILS). Used inside this folder only.
#pragma once

#include "storage/io/bytes.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::codec {

/// The statements that matter to us, of one gpg process.
struct GpgSaid {
    /// A key gpg would not use, and its number for why (INV_RECP, INV_SGNR).
    struct RefusedKey {
        unsigned reason = 0;
        std::string name;
    };
    struct Signature {
        enum class State {
            unchecked,  ///< for want of the public key, or of knowing the algorithm
            bad,
            good,
            dated,  ///< right, but the key or signature has expired, or the key was revoked
        };
        State state = State::unchecked;
        std::string key;      ///< fingerprint of the signing key; of an unchecked one its key id
        std::string primary;  ///< fingerprint of its primary key
        unsigned code = 0;    ///< of an unchecked one: why (gpg-error)
    };

    bool encryption_ended = false;
    bool decryption_begun = false;
    bool decryption_okay = false;
    bool decryption_ended = false;
    /// The check sum (MDC) or the mode (AEAD) proves the message unchanged.
    bool is_authentic = false;
    bool wants_passphrase = false;
    bool no_passphrase = false;  ///< the one it got was empty
    bool no_secret_key = false;
    bool no_data = false;
    bool cancelled = false;
    bool refuses_options = false;
    /// Error codes (gpg-error) in the order they came.
    std::vector<unsigned> codes;
    std::vector<RefusedKey> refused_recipients;
    std::vector<RefusedKey> refused_signers;
    std::vector<Signature> signatures;
    /// Fingerprints of the keys that signatures were made with.
    std::vector<std::string> signed_by;

    [[nodiscard]] bool has_code(unsigned code) const noexcept;
};

/// Cuts the channel's bytes into lines and notes what they say. Lines of other programs that share
/// the channel, and keywords we do not know, mean nothing.
class StatusReader {
public:
    /// Throws: Error unreachable for a line longer than any of gpg's.
    void add(io::ByteView bytes);

    /// One line in two parts, for whoever has them already.
    void take(std::string_view keyword, std::string_view arguments);

    [[nodiscard]] const GpgSaid& said() const noexcept { return said_; }

private:
    void take_signature_line(std::string_view keyword, std::string_view arguments);

    std::string line_;
    GpgSaid said_;
};

}  // namespace duplid::codec
