#include "engine/codec/gpg_errors.hpp"

#include "engine/codec/gpg_process.hpp"
#include "engine/codec/key_facts.hpp"

#include <algorithm>
#include <array>
#include <gpgme.h>
#include <utility>

namespace duplid::codec {

namespace {

// Reasons of INV_RECP and INV_SGNR (GnuPG's doc/DETAILS).
constexpr unsigned reason_ambiguous = 2;
constexpr unsigned reason_wrong_usage = 3;
constexpr unsigned reason_revoked = 4;
constexpr unsigned reason_expired = 5;
constexpr unsigned reason_no_secret = 9;
constexpr unsigned reason_untrusted = 10;
constexpr unsigned reason_disabled = 13;

Error ended_too_early(const GpgEnd& end, const std::string& doing)
{
    return Error{Error::Kind::unreachable,
                 doing + (end.was_killed ? ": gpg was killed" : ": gpg ended too early") +
                     (end.last_words.empty() ? "" : " (" + end.last_words + ")"),
                 "", hint_check_gpg};
}

/// What every operation can fail with.
std::optional<Error> common_error(const GpgEnd& end, const std::string& doing)
{
    if (end.was_killed) {
        return ended_too_early(end, doing);
    }
    if (end.said.refuses_options) {
        return Error{Error::Kind::invalid,
                     doing + ": gpg does not accept its options: " + end.last_words, "",
                     "check --gpg-options and gpg.conf"};
    }
    if (auto error = secret_error(end, doing)) {
        return error;
    }
    if (end.said.has_code(GPG_ERR_ENOSPC)) {
        return gpg_failure(Error::Kind::no_space, doing, GPG_ERR_ENOSPC);
    }
    return std::nullopt;
}

std::string with_last_words(const std::string& doing, const GpgEnd& end)
{
    return doing + ": gpg: " + (end.last_words.empty() ? "failed" : end.last_words);
}

Error signer_error(const GpgEnd& end, const OpenPgpSettings& settings)
{
    const auto& key = end.said.refused_signers.front();
    const auto why = why_unusable(settings, settings.sign_key, KeyUse::sign);
    if (key.reason == reason_no_secret && why.empty()) {
        return Error{Error::Kind::not_found, "no secret key to sign with", settings.sign_key,
                     "check the sign key with: gpg --list-secret-keys"};
    }
    return Error{Error::Kind::denied,
                 "the sign key " + settings.sign_key + " cannot be used" +
                     (why.empty() ? "" : ": " + why),
                 settings.sign_key, "look at the key with: gpg --list-secret-keys"};
}

}  // namespace

Error gpg_failure(Error::Kind kind, const std::string& doing, unsigned code, std::string object,
                  std::string hint)
{
    std::array<char, 256> text{};
    gpgme_strerror_r(code, text.data(), text.size());
    return Error{kind, doing + ": gpg: " + text.data(), std::move(object), std::move(hint)};
}

GpgEnd end_of(const GpgProcess& gpg, const OpenPgpSettings& settings, bool had_secret)
{
    return {gpg.said(),       had_secret,       settings.use_agent,
            gpg.was_killed(), gpg.last_words(), gpg.log()};
}

std::optional<Error> secret_error(const GpgEnd& end, const std::string& doing)
{
    const auto& said = end.said;
    const auto wrong = [&](const std::string& what, const std::string& hint) {
        return Error{Error::Kind::wrong_secret, doing + ": " + what, "", hint};
    };
    if (said.has_code(GPG_ERR_BAD_PASSPHRASE)) {
        return wrong("wrong passphrase", "check the passphrase").with_detail("secret_wrong");
    }
    if (said.has_code(GPG_ERR_NO_PIN_ENTRY)) {
        return wrong("gpg's agent has no pinentry to ask for the passphrase",
                     "install a pinentry program, or give the passphrase here instead of using "
                     "the agent");
    }
    if (said.has_code(GPG_ERR_CARD_NOT_PRESENT) || said.has_code(GPG_ERR_CARD_REMOVED) ||
        said.has_code(GPG_ERR_NO_SCDAEMON)) {
        return wrong("the secret key is on a card that is not there", "insert the card");
    }
    if (said.has_code(GPG_ERR_TIMEOUT)) {
        return wrong("nobody answered the question for the passphrase",
                     "answer it in time, or give the passphrase here");
    }
    if (said.has_code(GPG_ERR_NO_AGENT)) {
        return Error{Error::Kind::unreachable, doing + ": gpg's agent does not run", "",
                     "check that gpg-agent is installed and can write to the GnuPG home"};
    }
    // Somebody sent the agent's question away.
    if (said.has_code(GPG_ERR_CANCELED) || said.has_code(GPG_ERR_FULLY_CANCELED)) {
        return Error{Error::Kind::cancelled, doing + ": the question for the passphrase was "
                                                     "dismissed"};
    }
    if (said.has_code(GPG_ERR_NO_PASSPHRASE) || said.no_passphrase ||
        (said.wants_passphrase && !end.had_secret && !end.uses_agent)) {
        return wrong("no passphrase is set", "give the passphrase, or use the agent")
            .with_detail("secret_missing");
    }
    if (said.cancelled) {
        return wrong("the agent gave no passphrase" +
                         (end.last_words.empty() ? "" : " (" + end.last_words + ")"),
                     "look at gpg's agent, or give the passphrase here");
    }
    return std::nullopt;
}

Error recipient_error(const GpgEnd& end, const OpenPgpSettings& settings)
{
    const auto& [reason, name] = end.said.refused_recipients.front();
    const std::string hint = "look at the key with: gpg --list-keys";
    switch (reason) {
    case reason_untrusted:
        return Error{Error::Kind::denied, "the key of recipient " + name + " is not trusted", name,
                     "sign the key or set its owner trust, or allow any with always-trust"};
    case reason_ambiguous:
        return Error{Error::Kind::invalid, "more than one key fits recipient " + name, name,
                     "name the key by its fingerprint"};
    case reason_expired:
    case reason_revoked:
    case reason_disabled:
    case reason_wrong_usage:
        break;
    default:
        // Without a reason (gpg 2.2 knows none for most) the key itself has to tell.
        if (!end.said.has_code(GPG_ERR_UNUSABLE_PUBKEY)) {
            return Error{Error::Kind::not_found, "no public key for recipient " + name, name,
                         "import the key, or check its name with: gpg --list-keys"};
        }
    }
    const auto why = why_unusable(settings, name, KeyUse::encrypt);
    return Error{Error::Kind::denied,
                 "the key of recipient " + name + " cannot be used" +
                     (why.empty() ? "" : ": " + why),
                 name, hint};
}

namespace {

/// gpg's own words, of which other programs know some.
Error with_log(const Error& error, const GpgEnd& end)
{
    return error.with_facts({{"gpg_log", end.log}});
}

Error why_not_encrypted(const GpgEnd& end, const std::string& doing,
                        const OpenPgpSettings& settings)
{
    if (!end.said.refused_recipients.empty()) {
        return recipient_error(end, settings);
    }
    if (!end.said.refused_signers.empty()) {
        return signer_error(end, settings);
    }
    if (auto error = common_error(end, doing)) {
        return *error;
    }
    // Listed as a secret key, but a stub: what is left of one whose own part was taken away.
    if (end.said.has_code(GPG_ERR_NO_SECKEY) && !settings.sign_key.empty()) {
        return Error{Error::Kind::not_found,
                     "the secret part of the sign key is not on this machine", settings.sign_key,
                     "import it, or name a subkey that signs and is here"};
    }
    if (end.said.codes.empty()) {
        return ended_too_early(end, doing);
    }
    return Error{Error::Kind::internal, with_last_words(doing, end), "",
                 "look for unusual options in gpg.conf, and try gpg by hand"};
}

Error why_not_decrypted(const GpgEnd& end)
{
    const std::string doing = "decrypting";
    if (auto error = common_error(end, doing)) {
        return *error;
    }
    if (end.said.no_secret_key) {
        return Error{Error::Kind::wrong_secret, "no secret key here can decrypt it", "",
                     "import the secret key it was encrypted to"};
    }
    if (end.said.no_data) {
        return Error{Error::Kind::corrupt, "not an OpenPGP message"};
    }
    if (!end.said.decryption_begun && end.said.codes.empty() && end.last_words.empty()) {
        return ended_too_early(end, doing);
    }
    return Error{Error::Kind::corrupt, with_last_words(doing, end)};
}

}  // namespace

Error encryption_error(const GpgEnd& end, const std::string& doing, const OpenPgpSettings& settings)
{
    return with_log(why_not_encrypted(end, doing, settings), end);
}

Error decryption_error(const GpgEnd& end)
{
    return with_log(why_not_decrypted(end), end);
}

void check_decryption(const GpgProcess& gpg, const OpenPgpSettings& settings)
{
    const auto& said = gpg.said();
    if (!gpg.has_succeeded() || !said.decryption_okay || !said.decryption_ended) {
        throw decryption_error(end_of(gpg, settings, settings.passphrase.is_set()));
    }
    // gpg is content with this if its configuration says so; we are not.
    if (!said.is_authentic) {
        throw Error{Error::Kind::corrupt, "decrypting: the message is not proven unchanged"};
    }
}

}  // namespace duplid::codec
