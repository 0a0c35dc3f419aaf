#include "ctl/secrets.hpp"

#include "ctl/failure.hpp"
#include "ctl/terminal.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace duplid::ctl {

namespace {

constexpr const char* passphrase_variable = "PASSPHRASE";
constexpr const char* sign_passphrase_variable = "SIGN_PASSPHRASE";
constexpr const char* source_passphrase_variable = "SOURCE_PASSPHRASE";
constexpr std::array<std::string_view, 4> secret_variables{
    passphrase_variable, sign_passphrase_variable, source_passphrase_variable, "FTP_PASSWORD"};

proto::SecretText take_variable(const char* name)
{
    char* const value = std::getenv(name);
    if (value == nullptr) {
        return {};
    }
    proto::SecretText secret{std::string_view{value}};
    proto::wipe_memory(value, std::strlen(value));
    ::unsetenv(name);
    return secret;
}

Failure missing(const char* what, const char* hint)
{
    return Failure{
        {.kind = proto::ErrorKind::wrong_secret, .cause = what, .object = {}, .hint = hint}};
}

/// Until both entries agree and are not empty.
proto::SecretText ask_twice(Interrupts& interrupts)
{
    while (true) {
        auto first = ask_secret("Passphrase for the archive: ", interrupts);
        if (first.reveal().empty()) {
            throw missing("an empty passphrase protects nothing",
                          "enter one, or pass --no-encryption");
        }
        const auto second = ask_secret("The same passphrase again: ", interrupts);
        if (first.reveal() == second.reveal()) {
            return first;
        }
        const auto again = ask_secret(
            "They differ. Press Return to start over, or Ctrl-C to give up. ", interrupts);
    }
}

void complete_passphrase(Secrets& secrets, bool is_new, Interrupts& interrupts)
{
    if (secrets.passphrase.is_set()) {
        if (secrets.passphrase.reveal().empty()) {
            throw missing("PASSPHRASE is empty, and the archive is to be encrypted with it",
                          "set PASSPHRASE, name a key with --encrypt-key, or pass --no-encryption");
        }
        return;
    }
    if (!has_terminal()) {
        throw missing("no passphrase to encrypt with",
                      "set PASSPHRASE, name a key with --encrypt-key, or pass --no-encryption");
    }
    // A chain that is continued knows its passphrase and refuses another one.
    secrets.passphrase =
        is_new ? ask_twice(interrupts) : ask_secret("Passphrase for the archive: ", interrupts);
}

void complete_sign_passphrase(Secrets& secrets, const proto::ArchiveParams& archive, bool symmetric,
                              Interrupts& interrupts)
{
    if (secrets.sign_passphrase.is_set()) {
        return;
    }
    const bool one_key = std::ranges::count(archive.encrypt_key, archive.sign_key) > 0;
    if (secrets.passphrase.is_set() && (symmetric || one_key)) {
        secrets.sign_passphrase = secrets.passphrase;
        return;
    }
    if (!has_terminal()) {
        throw missing("no passphrase for the signing key",
                      "set SIGN_PASSPHRASE (empty if the key has none), or pass --use-agent");
    }
    secrets.sign_passphrase =
        ask_secret("Passphrase for the signing key (Return if it has none): ", interrupts);
}

}  // namespace

Secrets take_environment_secrets()
{
    return {.passphrase = take_variable(passphrase_variable),
            .sign_passphrase = take_variable(sign_passphrase_variable),
            .source_passphrase = take_variable(source_passphrase_variable)};
}

void complete_for_backup(Secrets& secrets, const proto::BackupParams& params,
                         Interrupts& interrupts)
{
    complete_for_writing(secrets, params.archive, params.type != proto::BackupType::incremental,
                         interrupts);
}

void complete_for_writing(Secrets& secrets, const proto::ArchiveParams& archive, bool is_new,
                          Interrupts& interrupts)
{
    if (!archive.encryption || archive.use_agent) {
        return;
    }
    const bool symmetric = archive.encrypt_key.empty() && archive.hidden_encrypt_key.empty();
    if (symmetric) {
        complete_passphrase(secrets, is_new, interrupts);
    }
    if (!archive.sign_key.empty()) {
        complete_sign_passphrase(secrets, archive, symmetric, interrupts);
    }
}

bool ask_for_reading(Secrets& secrets, const proto::ArchiveParams& archive, Interrupts& interrupts)
{
    if (secrets.passphrase.is_set() || archive.use_agent || !archive.encryption ||
        !has_terminal()) {
        return false;
    }
    secrets.passphrase = ask_secret("Passphrase for the archive: ", interrupts);
    return true;
}

bool is_secret_variable(std::string_view name) noexcept
{
    return std::ranges::find(secret_variables, name) != secret_variables.end();
}

}  // namespace duplid::ctl
