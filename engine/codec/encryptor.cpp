#include "engine/codec/encryptor.hpp"

#include "engine/codec/gpg_command.hpp"
#include "engine/codec/gpg_errors.hpp"
#include "engine/codec/gpg_options.hpp"
#include "engine/codec/gpg_process.hpp"
#include "engine/codec/gpgme_encrypt.hpp"
#include "engine/codec/key_facts.hpp"
#include "engine/codec/packet.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <utility>

namespace duplid::codec {

namespace {

constexpr const char* encrypting = "encrypting";
constexpr const char* signing = "signing";

void check(const GpgProcess& gpg, const OpenPgpSettings& settings)
{
    // A recipient may be refused and gpg still end well, without that recipient.
    const bool all_accepted = gpg.said().refused_recipients.empty();
    if (!gpg.has_succeeded() || !gpg.said().encryption_ended || !all_accepted) {
        throw encryption_error(end_of(gpg, settings, settings.passphrase.is_set()), encrypting,
                               settings);
    }
}

void check_secrets(const OpenPgpSettings& settings)
{
    if (settings.is_symmetric() && !settings.use_agent && !settings.passphrase.is_set()) {
        throw Error{Error::Kind::wrong_secret, "encrypting: no passphrase is set", "",
                    "give the passphrase, or use the agent"}
            .with_detail("secret_missing");
    }
}

}  // namespace

Signer::Signer(const OpenPgpSettings& settings, const std::string& key, io::ByteView one_pass)
    : settings_{settings}, one_pass_{one_pass}, gpg_{std::make_unique<GpgProcess>(
                                                    signing_command(settings, key))}
{
}

Signer::~Signer() = default;

void Signer::add(io::ByteView content)
{
    // If gpg takes no more, finish() has the reason.
    gpg_->write(content, signature_);
}

io::Bytes Signer::take_signature()
{
    gpg_->finish(signature_);
    if (!gpg_->has_succeeded() || gpg_->said().signed_by.empty()) {
        throw encryption_error(end_of(*gpg_, settings_, settings_.secret_to_sign().is_set()),
                               signing, settings_);
    }
    return signature_.take();
}

io::Bytes Signer::finish()
{
    auto signature = take_signature();
    const auto announced = one_pass_for(signature);
    if (!announced || !std::ranges::equal(*announced, one_pass_)) {
        throw Error{Error::Kind::internal, "gpg signs in another way than at the start of the run",
                    settings_.sign_key, "was gpg.conf or the key changed meanwhile?"};
    }
    return signature;
}

Encryptor::Encryptor(const OpenPgpSettings& settings) : settings_{settings}
{
    check_gpg_options(settings.gpg_options);
    check_recipients(settings);
    check_secrets(settings);
    // Not before the checks, of which it relies on the first.
    // NOLINTNEXTLINE(cppcoreguidelines-prefer-member-initializer)
    packs_ = !wants_gpg_to_pack(settings);
    if (!packs_) {
        try_options();
    }
    if (!settings.sign_key.empty()) {
        try_signature();
    }
    if (!settings.is_symmetric()) {
        try_recipients();
    }
}

Encryptor::~Encryptor() = default;

// Run by gpgme, gpg would not say what is wrong with them.
void Encryptor::try_options() const
{
    GpgProcess gpg{version_command(settings_)};
    io::MemorySink version;
    gpg.finish(version);
    if (gpg.said().refuses_options) {
        throw encryption_error(end_of(gpg, settings_, true), encrypting, settings_);
    }
}

void Encryptor::try_signature()
{
    sign_key_ = find_signing_key(settings_);
    Signer signer{settings_, sign_key_, {}};
    auto one_pass = one_pass_for(signer.take_signature());
    if (one_pass) {
        one_pass_ = std::move(*one_pass);
    } else {
        packs_ = false;
    }
}

void Encryptor::try_recipients()
{
    io::MemorySink ciphertext;
    const auto packets = packets_of({}, Level::fast);
    io::ViewSource source{packs_ ? io::ByteView{packets} : io::ByteView{}};
    if (packs_) {
        encrypt(source, ciphertext);
    } else {
        encrypt_content(source, ciphertext);
    }
    io::ViewSource message{ciphertext.view()};
    // Nothing when the user's options ask for armour; then there is nothing to compare.
    recipients_ = recipients_of(message).value_or(MessageRecipients{});
}

std::unique_ptr<GpgProcess> Encryptor::start() const
{
    return std::make_unique<GpgProcess>(encrypting_command(settings_));
}

void Encryptor::start_early(unsigned count)
{
    if (!settings_.is_symmetric() || settings_.use_agent || !packs_) {
        return;
    }
    const std::lock_guard lock{mutex_};
    while (started_.size() < count) {
        started_.push_back(start());
    }
}

std::unique_ptr<GpgProcess> Encryptor::take_started()
{
    {
        const std::lock_guard lock{mutex_};
        if (!started_.empty()) {
            auto gpg = std::move(started_.front());
            started_.pop_front();
            return gpg;
        }
    }
    return start();
}

void Encryptor::encrypt(io::Source& inner_packets, io::Sink& ciphertext)
{
    const auto gpg = take_started();
    gpg->run(inner_packets, ciphertext);
    check(*gpg, settings_);
}

void Encryptor::encrypt_content(io::Source& content, io::Sink& ciphertext)
{
    gpgme_encrypt(content, ciphertext, settings_);
}

std::unique_ptr<Signer> Encryptor::start_signer()
{
    return std::unique_ptr<Signer>{new Signer{settings_, sign_key_, one_pass_}};
}

}  // namespace duplid::codec
