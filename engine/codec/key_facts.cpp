#include "engine/codec/key_facts.hpp"

#include "engine/codec/gpgme_context.hpp"
#include "engine/codec/key_id.hpp"
#include "storage/io/error.hpp"

#include <array>
#include <ctime>
#include <gpgme.h>

namespace duplid::codec {

namespace {

std::string date_of(long seconds)
{
    const std::time_t time = seconds;
    struct tm parts {};
    std::array<char, 32> text{};
    ::gmtime_r(&time, &parts);
    const auto bytes = std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
    return {text.data(), bytes};
}

std::string why_unusable(const _gpgme_key& key, KeyUse use)
{
    if (key.revoked != 0) {
        return "it was revoked";
    }
    if (key.expired != 0) {
        return "it expired on " + date_of(key.subkeys->expires);
    }
    if (key.disabled != 0) {
        return "it is disabled";
    }
    if (use == KeyUse::encrypt ? key.can_encrypt != 0 : key.can_sign != 0) {
        return {};
    }
    // The key is good, but none of its subkeys is for this.
    for (const auto* subkey = key.subkeys; subkey != nullptr; subkey = subkey->next) {
        const bool is_for_it =
            use == KeyUse::encrypt ? subkey->can_encrypt != 0 : subkey->can_sign != 0;
        if (is_for_it && subkey->expired != 0) {
            return "its subkey expired on " + date_of(subkey->expires);
        }
        if (is_for_it && subkey->revoked != 0) {
            return "its subkey was revoked";
        }
    }
    return use == KeyUse::encrypt ? "it is not a key to encrypt to"
                                  : "it is not a key to sign with";
}

}  // namespace

std::string why_unusable(const OpenPgpSettings& settings, const std::string& name,
                         KeyUse use) noexcept
{
    try {
        const Context context{settings};
        gpgme_key_t found = nullptr;
        if (gpgme_get_key(context.get(), name.c_str(), &found, use == KeyUse::sign ? 1 : 0) != 0) {
            return {};
        }
        const Key key{found};
        return why_unusable(*key, use);
    } catch (...) {
        return {};
    }
}

std::string find_signing_key(const OpenPgpSettings& settings)
{
    const auto id = normal_key_id(settings.sign_key);
    if (!id) {
        throw Error{Error::Kind::invalid, "a sign key is named by 8, 16 or 40 hex digits",
                    settings.sign_key};
    }
    const Context context{settings};
    const auto key = context.find_signing_key(*id);
    if (const auto why = why_unusable(*key, KeyUse::sign); !why.empty()) {
        throw Error{Error::Kind::denied,
                    "the sign key " + settings.sign_key + " cannot be used: " + why,
                    settings.sign_key, "look at the key with: gpg --list-secret-keys"};
    }
    std::string primary = key->subkeys->fpr;
    for (const auto* subkey = key->subkeys->next; subkey != nullptr; subkey = subkey->next) {
        const std::string fingerprint = subkey->fpr == nullptr ? "" : subkey->fpr;
        if (fingerprint.ends_with(*id) && !primary.ends_with(*id)) {
            return fingerprint + "!";
        }
    }
    return primary;
}

KeyOwner owner_of(const OpenPgpSettings& settings, const std::string& id)
{
    const Context context{settings};
    gpgme_key_t found = nullptr;
    if (gpgme_get_key(context.get(), id.c_str(), &found, 0) != 0) {
        return {id, id};
    }
    const Key key{found};
    const bool has_name = key->uids != nullptr && key->uids->uid != nullptr;
    return {key->subkeys->fpr, has_name ? id + " (" + key->uids->uid + ")" : id};
}

}  // namespace duplid::codec
