// What gpg's failures mean to the person who reads the error. Used inside this folder only.
#pragma once

#include "engine/codec/gpg_status.hpp"
#include "engine/codec/openpgp_settings.hpp"
#include "storage/io/error.hpp"

#include <optional>
#include <string>

namespace duplid::codec {

class GpgProcess;

inline constexpr const char* hint_check_gpg =
    "check that GnuPG 2 is installed, and the setting gpg-binary";

/// An Error from an error code of GnuPG's; `doing` as in "encrypting".
[[nodiscard]] Error gpg_failure(Error::Kind kind, const std::string& doing, unsigned code,
                                std::string object = {}, std::string hint = {});

/// How one gpg failed.
struct GpgEnd {
    const GpgSaid& said;
    /// Whether the passphrase it could ask for was given.
    bool had_secret = false;
    bool uses_agent = false;
    bool was_killed = false;
    std::string last_words;
    std::string log{};  ///< the end of what it wrote to standard error
};

[[nodiscard]] GpgEnd end_of(const GpgProcess& gpg, const OpenPgpSettings& settings,
                            bool had_secret);

/// What stood between gpg and its secret; nothing if something else went wrong.
[[nodiscard]] std::optional<Error> secret_error(const GpgEnd& end, const std::string& doing);

/// A key that gpg did not accept as a recipient. The settings are for asking why.
[[nodiscard]] Error recipient_error(const GpgEnd& end, const OpenPgpSettings& settings);

/// Any failure of encrypting or signing.
[[nodiscard]] Error encryption_error(const GpgEnd& end, const std::string& doing,
                                     const OpenPgpSettings& settings);
/// Any failure of decrypting, bad and uncheckable signatures apart.
[[nodiscard]] Error decryption_error(const GpgEnd& end);
/// Of a gpg that has ended. Throws: Error, unless it decrypted all of a protected message.
void check_decryption(const GpgProcess& gpg, const OpenPgpSettings& settings);

}  // namespace duplid::codec
