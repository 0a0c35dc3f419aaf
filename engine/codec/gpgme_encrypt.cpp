#include "engine/codec/gpgme_encrypt.hpp"

#include "engine/codec/gpg_command.hpp"
#include "engine/codec/gpg_errors.hpp"
#include "engine/codec/gpgme_context.hpp"
#include "engine/codec/key_id.hpp"

#include <algorithm>
#include <gpgme.h>
#include <string>

namespace duplid::codec {

namespace {

// gpgme's "recipients string": names one to a line, and switches that hold for the lines below.
std::string recipients_text(const OpenPgpSettings& settings)
{
    check_recipients(settings);
    std::string text;
    for (const auto& name : settings.recipients) {
        text += name + "\n";
    }
    if (!settings.hidden_recipients.empty()) {
        text += "--hidden\n";
        for (const auto& name : settings.hidden_recipients) {
            text += name + "\n";
        }
    }
    return text;
}

Key choose_signer(Context& context, const OpenPgpSettings& settings)
{
    context.set_signing();
    auto key = context.find_signing_key(normal_key_id(settings.sign_key).value_or(""));
    if (const auto code = gpgme_signers_add(context.get(), key.get()); code != 0) {
        throw gpg_failure(Error::Kind::internal, "choosing the sign key", code, settings.sign_key);
    }
    return key;
}

// gpgme always lets gpg choose among the subkeys that sign; who reads would look for the one named.
void check_signer(const Context& context, const Key& signer, const OpenPgpSettings& settings)
{
    const auto& made_by = context.said().signed_by;
    if (made_by.empty()) {
        throw Error{Error::Kind::internal, "gpg made no signature", settings.sign_key};
    }
    const auto id = normal_key_id(settings.sign_key).value_or("");
    const std::string primary = signer->subkeys->fpr;
    if (!primary.ends_with(id) && !made_by.front().ends_with(id)) {
        throw Error{Error::Kind::invalid,
                    "gpg signs with the subkey " + made_by.front() + " of that key",
                    settings.sign_key, "name this subkey or the primary key as sign key"};
    }
}

}  // namespace

void gpgme_encrypt(io::Source& content, io::Sink& ciphertext, const OpenPgpSettings& settings)
{
    const bool signs = !settings.sign_key.empty();
    const std::string doing = signs ? "signing and encrypting" : "encrypting";
    const auto recipients = recipients_text(settings);
    // Text mode, which gpg.conf may ask for, would change what merely looks like ends of lines.
    auto binary_settings = settings;
    binary_settings.gpg_options.emplace_back("--no-textmode");
    Context context{binary_settings};
    const auto signer = signs ? choose_signer(context, settings) : Key{};
    unsigned flags = 0;
    if (settings.always_trust) {
        flags |= GPGME_ENCRYPT_ALWAYS_TRUST;
    }
    if (settings.is_symmetric()) {
        flags |= GPGME_ENCRYPT_SYMMETRIC;
    }
    Data in{content};
    Data out{ciphertext};
    const auto start = signs ? &gpgme_op_encrypt_sign_ext_start : &gpgme_op_encrypt_ext_start;
    const auto code = context.finish(
        start(context.get(), nullptr, recipients.empty() ? nullptr : recipients.c_str(),
              static_cast<gpgme_encrypt_flags_t>(flags), in.get(), out.get()));
    in.rethrow_if_failed();
    out.rethrow_if_failed();
    context.rethrow_if_failed();
    if (code != 0 || !context.said().encryption_ended ||
        !context.said().refused_recipients.empty()) {
        throw encryption_error(context.end(code), doing, settings);
    }
    if (signs) {
        check_signer(context, signer, settings);
    }
}

}  // namespace duplid::codec
