#include "engine/codec/openpgp.hpp"

#include "engine/codec/gpgme_context.hpp"
#include "engine/codec/packet.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <gpgme.h>
#include <optional>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::codec {

namespace {

/// The hex digits of a key id, in upper case and without 0x; nothing if it is none
/// (archive-format.md 8.5).
std::optional<std::string> normal_key_id(std::string_view id)
{
    if (id.starts_with("0x") || id.starts_with("0X")) {
        id.remove_prefix(2);
    }
    if (id.size() != 8 && id.size() != 16 && id.size() != 40) {
        return std::nullopt;
    }
    std::string normal;
    for (const char digit : id) {
        if (digit >= '0' && digit <= '9') {
            normal += digit;
        } else if ((digit >= 'A' && digit <= 'F') || (digit >= 'a' && digit <= 'f')) {
            normal += static_cast<char>(digit & ~0x20);
        } else {
            return std::nullopt;
        }
    }
    return normal;
}

bool is_symmetric(const OpenPgpSettings& settings) noexcept
{
    return settings.recipients.empty() && settings.hidden_recipients.empty();
}

// gpgme's "recipients string": names one to a line, and switches that hold for the lines below.
std::string recipients_text(const OpenPgpSettings& settings)
{
    std::string text;
    const auto add_all = [&text](const std::vector<std::string>& names) {
        for (const auto& name : names) {
            if (name.empty() || name.starts_with('-') ||
                name.find_first_of("\r\n") != std::string::npos) {
                throw Error{Error::Kind::invalid, "not the name of a key", name};
            }
            text += name + "\n";
        }
    };
    add_all(settings.recipients);
    if (!settings.hidden_recipients.empty()) {
        text += "--hidden\n";
        add_all(settings.hidden_recipients);
    }
    return text;
}

Error recipient_error(const _gpgme_invalid_key& key)
{
    const std::string name = key.fpr == nullptr ? "" : key.fpr;
    switch (gpgme_err_code(key.reason)) {
    case GPG_ERR_NO_PUBKEY:
    case GPG_ERR_GENERAL:  // what gpg 2.2 says of a name that no key has
        return Error{Error::Kind::not_found, "no public key for recipient " + name, name,
                     "import the key, or check its name with: gpg --list-keys"};
    case GPG_ERR_PUBKEY_NOT_TRUSTED:
        return Error{Error::Kind::denied, "the key of recipient " + name + " is not trusted", name,
                     "sign the key or set its owner trust, or allow any with always-trust"};
    case GPG_ERR_AMBIGUOUS_NAME:
        return Error{Error::Kind::invalid, "more than one key fits recipient " + name, name,
                     "name the key by its fingerprint"};
    default:
        return gpg_failure(Error::Kind::denied, "encrypting to " + name, key.reason, name,
                           "look at the key with: gpg --list-keys");
    }
}

Error secret_error(Context::SecretTrouble trouble, const std::string& doing)
{
    return trouble == Context::SecretTrouble::missing
               ? Error{Error::Kind::wrong_secret, doing + ": no passphrase is set", "",
                       "give the passphrase, or use the agent"}
               : Error{Error::Kind::wrong_secret, doing + ": wrong passphrase", "",
                       "check the passphrase"};
}

// What encryption and decryption fail with alike; nothing if `code` says less than that.
std::optional<Error> common_error(const Context& context, gpgme_error_t code,
                                  const std::string& doing)
{
    if (context.secret_trouble() != Context::SecretTrouble::none) {
        return secret_error(context.secret_trouble(), doing);
    }
    switch (gpgme_err_code(code)) {
    case GPG_ERR_BAD_PASSPHRASE:
        return secret_error(Context::SecretTrouble::wrong, doing);
    case GPG_ERR_NO_PASSPHRASE:
        return secret_error(Context::SecretTrouble::missing, doing);
    case GPG_ERR_INV_ENGINE:
    case GPG_ERR_NOT_SUPPORTED:  // by a gpg older than 2.1.12, or by something that is no gpg
        return gpg_failure(Error::Kind::unreachable, doing, code, "", hint_check_gpg);
    // Somebody sent the agent's question away.
    case GPG_ERR_FULLY_CANCELED:
    case GPG_ERR_CANCELED:
        return gpg_failure(Error::Kind::cancelled, doing, code);
    case GPG_ERR_ENOSPC:
        return gpg_failure(Error::Kind::no_space, doing, code);
    default:
        return std::nullopt;
    }
}

void run_encryption(Context& context, io::Source& input, io::Sink& ciphertext,
                    const OpenPgpSettings& settings, const std::string& doing,
                    gpgme_encrypt_flags_t flags, decltype(&gpgme_op_encrypt_ext_start) start)
{
    if (settings.always_trust) {
        flags = static_cast<gpgme_encrypt_flags_t>(flags | GPGME_ENCRYPT_ALWAYS_TRUST);
    }
    if (is_symmetric(settings)) {
        flags = static_cast<gpgme_encrypt_flags_t>(flags | GPGME_ENCRYPT_SYMMETRIC);
    }
    const auto recipients = recipients_text(settings);
    Data in{input};
    Data out{ciphertext};
    const auto code = context.finish(start(context.get(), nullptr,
                                           recipients.empty() ? nullptr : recipients.c_str(), flags,
                                           in.get(), out.get()));
    in.rethrow_if_failed();
    out.rethrow_if_failed();
    context.rethrow_if_failed();

    // A recipient may be refused and gpg still end well, without that recipient.
    const auto* result = gpgme_op_encrypt_result(context.get());
    if (result != nullptr && result->invalid_recipients != nullptr) {
        throw recipient_error(*result->invalid_recipients);
    }
    if (code == 0 && context.said().encryption_ended) {
        return;
    }
    if (const auto error = common_error(context, code, doing)) {
        throw *error;
    }
    if (code == 0) {
        throw Error{Error::Kind::unreachable, doing + ": gpg ended too early", "", hint_check_gpg};
    }
    throw gpg_failure(Error::Kind::internal, doing, code, "",
                      "look for unusual options in gpg.conf, and try gpg by hand");
}

void check_signatures(const Context& context, DecryptReport& report)
{
    const auto* result = gpgme_op_verify_result(context.get());
    for (const auto* signature = result == nullptr ? nullptr : result->signatures;
         signature != nullptr; signature = signature->next) {
        report.is_signed = true;
        const std::string key = signature->fpr == nullptr ? "" : signature->fpr;
        switch (gpgme_err_code(signature->status)) {
        case GPG_ERR_NO_ERROR:
            report.good_signers.push_back(key);
            if (const auto primary = context.primary_fingerprint_of(key);
                !primary.empty() && primary != key) {
                report.good_signers.push_back(primary);
            }
            break;
        // The signature itself is right. gpg ends well then, and a backup must not become
        // unreadable because its key has grown old; but nobody is named as a good signer.
        case GPG_ERR_SIG_EXPIRED:
        case GPG_ERR_KEY_EXPIRED:
        case GPG_ERR_CERT_REVOKED:
            break;
        case GPG_ERR_BAD_SIGNATURE:
            throw Error{Error::Kind::corrupt, "bad signature by key " + key, key};
        case GPG_ERR_NO_PUBKEY:
            throw Error{Error::Kind::denied, "the signature by key " + key + " cannot be checked",
                        key, "import the signer's public key"};
        default:
            throw gpg_failure(Error::Kind::denied, "checking the signature by key " + key,
                              signature->status, key);
        }
    }
}

Error decryption_error(const Context& context, gpgme_error_t code)
{
    const std::string doing = "decrypting";
    if (auto error = common_error(context, code, doing)) {
        return *error;
    }
    switch (gpgme_err_code(code)) {
    case GPG_ERR_NO_SECKEY:
        return Error{Error::Kind::wrong_secret, "no secret key here can decrypt it", "",
                     "import the secret key it was encrypted to"};
    case GPG_ERR_NO_DATA:
        return Error{Error::Kind::corrupt, "not an OpenPGP message"};
    default:
        return gpg_failure(Error::Kind::corrupt, doing, code);
    }
}

}  // namespace

bool is_key_id(std::string_view text)
{
    return normal_key_id(text).has_value();
}

bool is_signed_by(const DecryptReport& report, std::string_view key_id)
{
    const auto wanted = normal_key_id(key_id);
    return wanted && std::any_of(report.good_signers.begin(), report.good_signers.end(),
                                 [&](const auto& signer) { return signer.ends_with(*wanted); });
}

void encrypt(io::Source& inner_packets, io::Sink& ciphertext, const OpenPgpSettings& settings)
{
    if (!settings.sign_key.empty()) {
        throw Error{Error::Kind::internal, "a signature would not cover the content"};
    }
    Context context{settings};
    // WRAP: what comes is packets already. Without NO_COMPRESS gpg would compress them once more.
    run_encryption(
        context, inner_packets, ciphertext, settings, "encrypting",
        static_cast<gpgme_encrypt_flags_t>(GPGME_ENCRYPT_WRAP | GPGME_ENCRYPT_NO_COMPRESS),
        &gpgme_op_encrypt_ext_start);
}

void sign_and_encrypt(io::Source& plain, io::Sink& ciphertext, const OpenPgpSettings& settings)
{
    const auto id = normal_key_id(settings.sign_key);
    if (!id) {
        throw Error{Error::Kind::invalid, "a sign key is named by 8, 16 or 40 hex digits",
                    settings.sign_key};
    }
    Context context{settings};
    context.set_signing();
    const auto key = context.find_signing_key(*id);
    if (const auto code = gpgme_signers_add(context.get(), key.get()); code != 0) {
        throw gpg_failure(Error::Kind::internal, "choosing the sign key", code, *id);
    }
    run_encryption(context, plain, ciphertext, settings, "signing and encrypting",
                   gpgme_encrypt_flags_t{}, &gpgme_op_encrypt_sign_ext_start);

    const auto* result = gpgme_op_sign_result(context.get());
    if (result == nullptr || result->signatures == nullptr) {
        throw Error{Error::Kind::internal, "gpg made no signature", *id};
    }
}

void decrypt(io::Source& ciphertext, io::Sink& output, DecryptTo to,
             const OpenPgpSettings& settings, DecryptReport& report)
{
    report = {};
    Context context{settings};
    Data in{ciphertext};
    Data out{output};
    const auto code = context.finish(gpgme_op_decrypt_ext_start(
        context.get(), to == DecryptTo::packets ? GPGME_DECRYPT_UNWRAP : GPGME_DECRYPT_VERIFY,
        in.get(), out.get()));
    in.rethrow_if_failed();
    out.rethrow_if_failed();
    context.rethrow_if_failed();
    if (code != 0) {
        throw decryption_error(context, code);
    }
    if (!context.said().decryption_okay || !context.said().decryption_ended) {
        throw Error{Error::Kind::unreachable, "decrypting: gpg ended too early", "",
                    hint_check_gpg};
    }
    // gpg is content with this if its configuration says so; we are not.
    if (!context.said().is_authentic) {
        throw Error{Error::Kind::corrupt, "decrypting: the message is not proven unchanged"};
    }
    if (to == DecryptTo::content) {
        check_signatures(context, report);
    }
}

namespace {

// Content in an unnamed file that lives as long as this.
class DecryptedFile final : public io::Source {
public:
    explicit DecryptedFile(const std::string& directory) : file_{io::TempFile::unnamed(directory)}
    {
    }

    void fill(int fd, const std::string& name, DecryptTo to, const OpenPgpSettings& settings,
              DecryptReport& report)
    {
        struct stat facts {};
        if (::fstat(fd, &facts) != 0) {
            throw system_error(errno, "looking at", name);
        }
        io::RangeSource ciphertext{fd, 0, static_cast<std::uint64_t>(facts.st_size), name};
        io::FdSink sink{file_.fd(), name};
        decrypt(ciphertext, sink, to, settings, report);
        content_.emplace(file_.fd(), 0, file_.bytes(), name);
    }

    std::size_t read(io::ByteSpan into) override { return content_->read(into); }

private:
    io::TempFile file_;
    std::optional<io::RangeSource> content_;
};

// The content of packets in a file of its own.
class UnpackedFile final : public io::Source {
public:
    UnpackedFile(std::unique_ptr<DecryptedFile> packets, std::unique_ptr<PacketSource> content)
        : packets_{std::move(packets)}, content_{std::move(content)}
    {
    }
    std::size_t read(io::ByteSpan into) override { return content_->read(into); }

private:
    std::unique_ptr<DecryptedFile> packets_;
    std::unique_ptr<PacketSource> content_;
};

// Null when only gpg can read these packets. gpg has found them whole, so it has the last word
// about those that we find damaged, too: with `armor` in gpg.conf, for one, it unwraps to text.
std::unique_ptr<io::Source> unpack(std::unique_ptr<DecryptedFile> packets, Engine engine)
{
    try {
        if (auto content = PacketSource::open(*packets, engine)) {
            return std::make_unique<UnpackedFile>(std::move(packets), std::move(content));
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
    }
    return nullptr;
}

}  // namespace

std::unique_ptr<io::Source> open_encrypted(int fd, const std::string& name,
                                           const OpenPgpSettings& settings,
                                           const std::string& temp_directory, DecryptReport& report,
                                           Engine engine)
{
    try {
        // With a sign key, messages are signed, and only gpg checks signatures: no need to find
        // that out by decrypting twice.
        if (settings.sign_key.empty()) {
            auto packets = std::make_unique<DecryptedFile>(temp_directory);
            packets->fill(fd, name, DecryptTo::packets, settings, report);
            if (auto content = unpack(std::move(packets), engine)) {
                return content;
            }
        }
        auto content = std::make_unique<DecryptedFile>(temp_directory);
        content->fill(fd, name, DecryptTo::content, settings, report);
        return content;
    } catch (const Error& error) {
        throw Error{error.kind(), name + ": " + error.what(), name, error.hint()};
    }
}

void end_agents(const std::string& home) noexcept
{
    posix_spawn_file_actions_t actions;
    if (::posix_spawn_file_actions_init(&actions) != 0) {
        return;
    }
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    // gpgme's pipes are not all close-on-exec; a stray write end would keep a reader waiting.
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);

    // posix_spawn() takes char* const[] but changes nothing.
    const std::array<const char*, 6> arguments{"gpgconf", "--homedir", home.c_str(),
                                               "--kill",  "all",       nullptr};
    pid_t child = 0;
    if (::posix_spawnp(&child, "gpgconf", &actions, nullptr,
                       const_cast<char* const*>(arguments.data()), environ) == 0) {
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    ::posix_spawn_file_actions_destroy(&actions);
}

}  // namespace duplid::codec
