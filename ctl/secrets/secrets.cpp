#include "ctl/secrets/secrets.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/terminal.hpp"
#include "proto/backend_params.hpp"
#include "proto/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace duplid::ctl {

namespace {

constexpr const char* passphrase_variable = "PASSPHRASE";
constexpr const char* sign_passphrase_variable = "SIGN_PASSPHRASE";
constexpr const char* source_passphrase_variable = "SOURCE_PASSPHRASE";

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

std::vector<Variable> take_target_variables()
{
    std::vector<Variable> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        const auto end = text.find('=');
        if (end != std::string_view::npos && proto::is_utf8(text.substr(0, end)) &&
            proto::target_variable(text.substr(0, end)) != nullptr) {
            variables.push_back(
                {std::string{text.substr(0, end)}, proto::SecretText{text.substr(end + 1)}});
        }
    }
    // Only now, because taking one out moves the others.
    for (auto& variable : variables) {
        if (proto::is_secret_variable(variable.name)) {
            variable.value = take_variable(variable.name.c_str());
        }
    }
    return variables;
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
            .source_passphrase = take_variable(source_passphrase_variable),
            .variables = take_target_variables()};
}

std::vector<SecretMember> variables_for(const Secrets& secrets, proto::TargetKinds kinds)
{
    std::vector<SecretMember> members;
    for (const auto& variable : secrets.variables) {
        const auto* const row = proto::target_variable(variable.name);
        if (row != nullptr && (row->readers & kinds) != 0) {
            members.push_back({"variables", variable.value, variable.name});
        }
    }
    if (members.size() > proto::variables_max) {
        throw usage_failure(
            "the environment holds more variables for the target than a request does",
            std::to_string(members.size()), "put settings of rclone into its configuration file");
    }
    return members;
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

}  // namespace duplid::ctl
