#include "daemon/jobs/secrets.hpp"

#include "daemon/jobs/key_ring.hpp"
#include "daemon/jobs/secret_bytes.hpp"
#include "proto/target_variables.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/sink.hpp"
#include "storage/remote/command/child.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::jobs {

namespace {

constexpr std::chrono::minutes command_patience{1};
/// All that a program that finds secrets needs to know: key rings are found through the session
/// bus, gpg and pass below HOME.
constexpr std::array<const char*, 9> passed_on{"HOME",
                                               "PATH",
                                               "USER",
                                               "LANG",
                                               "XDG_RUNTIME_DIR",
                                               "GNUPGHOME",
                                               "XDG_DATA_HOME",
                                               "DBUS_SESSION_BUS_ADDRESS",
                                               "PASSWORD_STORE_DIR"};

proto::SecretText from_file(const std::string& path, bool strict)
{
    const auto file = io::open_file(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) {
        throw system_error(errno, "looking at a secret", path);
    }
    if (!S_ISREG(facts.st_mode)) {
        throw Error{Error::Kind::invalid, "a secret must be a regular file", path};
    }
    if (strict && facts.st_uid != ::geteuid() && facts.st_uid != 0) {
        throw Error{Error::Kind::denied, "a secret belongs to another user", path,
                    "chown it to the user that duplid runs as"};
    }
    if (strict && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        throw Error{Error::Kind::denied, "a secret may be read by others", path,
                    "chmod 600 " + path};
    }
    proto::WipedBuffer buffer(secret_bytes_max + 1);
    const auto bytes = io::read_full(
        file.get(), std::as_writable_bytes(std::span{buffer.data(), buffer.size()}), path);
    if (bytes > secret_bytes_max) {
        throw Error{Error::Kind::wrong_secret,
                    "a secret has at most " + std::to_string(secret_bytes_max) + " bytes", path};
    }
    buffer.resize(bytes);
    return without_line_end(std::move(buffer), path);
}

proto::SecretText from_credential(const std::string& name)
{
    const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr) {
        throw Error{Error::Kind::not_found, "the service manager passed no credentials", name,
                    "add LoadCredential=" + name + ":/path/of/the/secret to the unit"};
    }
    // Its rights are the service manager's business.
    return from_file(std::string{directory} + "/" + name, false);
}

proto::SecretText from_command(const std::vector<std::string>& words, const std::stop_token& stop)
{
    command::Command command;
    command.words = words;
    for (const auto* const name : passed_on) {
        if (const char* const value = std::getenv(name)) {
            command.environment.push_back(std::string{name} + "=" + value);
        }
    }
    command.stop = stop;
    WipedSink output;
    const auto finished = command::run(command, command_patience, {}, &output);
    if (finished.status != 0) {
        throw Error{Error::Kind::wrong_secret,
                    "it ended with status " + std::to_string(finished.status), words.front(),
                    finished.errors.empty() ? "" : "it says: " + finished.errors};
    }
    return without_line_end(output.take(), words.front());
}

proto::SecretText from_program(const std::string& name, const RunProgram& run,
                               const std::stop_token& stop)
{
    if (!run) {
        throw Error{Error::Kind::invalid, "there are no such programs in this instance", name};
    }
    WipedSink output;
    if (const int status = run(name, output, stop); status != 0) {
        throw Error{Error::Kind::wrong_secret, "it ended with status " + std::to_string(status),
                    name, "journalctl -u duplid-command@" + name};
    }
    return without_line_end(output.take(), name);
}

proto::SecretText from_environment(const std::string& name, const EnvironmentSecrets& environment)
{
    const auto found = environment.find(name);
    if (found == environment.end()) {
        throw Error{Error::Kind::not_found, "there was no such variable when duplid was started",
                    name, "variables are taken then: set it and restart duplid, or use a file"};
    }
    return found->second;
}

/// The variable in which a target of this URL looks for its password.
std::string password_variable(const proto::ArchiveParams& archive)
{
    const auto kinds = proto::kinds_of(archive.target, archive.backend.gio);
    return kinds != proto::remote_kinds && contains(kinds, proto::TargetKind::imap)
               ? "IMAP_PASSWORD"
               : "FTP_PASSWORD";
}

template <class Fetch>
auto named(const std::string& name, const Fetch& fetch_it)
{
    try {
        return fetch_it();
    } catch (const Error& error) {
        throw error.with_context("getting the job's " + name);
    }
}

}  // namespace

void SecretSource::describe(proto::Fields& fields)
{
    fields.path({"file", "absolute; readable by the daemon's user alone, or it is refused"}, file);
    fields.member({.name = "command",
                   .about =
                       "program and arguments, in the instance of a user; what it prints is the "
                       "secret. No shell reads it",
                   .max = 100},
                  command);
    fields.member({"program", "in the system's instance, the name of a program in "
                              "/etc/duplid/commands, which is run as duplid-command@NAME.service; "
                              "what it prints is the secret"},
                  program);
    fields.member({"credential", "name of a credential of the service manager (LoadCredential=)"},
                  credential);
    fields.member({"env", "variable of the daemon's own environment, taken out of it at its start"},
                  env);
    fields.member({"keyring", "name of a secret in the desktop's key ring, as given to \"duplictl "
                              "secret-store\"; not for the system's instance"},
                  keyring);
}

void VariableSource::describe(proto::Fields& fields)
{
    fields.member({"name", "of the variable, for example AWS_ACCESS_KEY_ID", true}, name);
    fields.member({"value", "for what is no secret"}, value);
    secret.describe(fields);
}

void SecretSources::describe(proto::Fields& fields)
{
    fields.member({"passphrase", "for symmetric encryption, or the key that decrypts"}, passphrase);
    fields.member({"sign_passphrase", "for sign_key; default: the passphrase"}, sign_passphrase);
    fields.member({"target_password", "that the target's URL leaves out"}, target_password);
    fields.member({.name = "variables",
                   .about = "environment variables that the target reads: credentials, proxies",
                   .max = proto::variables_max},
                  variables);
}

std::vector<std::string> SecretSources::environment_names() const
{
    std::vector<std::string> names;
    for (const auto* const source : {&passphrase, &sign_passphrase, &target_password}) {
        if (!source->env.empty()) {
            names.push_back(source->env);
        }
    }
    for (const auto& variable : variables) {
        if (!variable.secret.env.empty()) {
            names.push_back(variable.secret.env);
        }
    }
    return names;
}

void take_from_environment(EnvironmentSecrets& taken, const std::vector<std::string>& names)
{
    for (const auto& name : names) {
        if (char* const value = std::getenv(name.c_str())) {
            taken[name] = proto::SecretText{std::string_view{value}};
        }
    }
    // Only now: two jobs may name one variable.
    for (const auto& name : names) {
        if (char* const value = std::getenv(name.c_str())) {
            proto::wipe_memory(value, std::strlen(value));
            ::unsetenv(name.c_str());
        }
    }
}

proto::SecretText fetch(const SecretSource& source, const SecretSurroundings& surroundings,
                        const std::stop_token& stop)
{
    if (!source.file.empty()) {
        return from_file(source.file, true);
    }
    if (!source.command.empty()) {
        return from_command(source.command, stop);
    }
    if (!source.program.empty()) {
        return from_program(source.program, surroundings.run_program, stop);
    }
    if (!source.credential.empty()) {
        return from_credential(source.credential);
    }
    if (!source.keyring.empty()) {
        return from_key_ring(source.keyring, stop);
    }
    return source.env.empty() ? proto::SecretText{}
                              : from_environment(source.env, surroundings.variables);
}

void fill_in_passphrases(proto::ArchiveParams& archive, const SecretSources& sources,
                         const SecretSurroundings& surroundings, const std::stop_token& stop)
{
    archive.passphrase =
        named("passphrase", [&] { return fetch(sources.passphrase, surroundings, stop); });
    archive.sign_passphrase = named(
        "sign_passphrase", [&] { return fetch(sources.sign_passphrase, surroundings, stop); });
    if (!archive.sign_key.empty() && !archive.sign_passphrase.is_set()) {
        archive.sign_passphrase = archive.passphrase;
    }
}

void fill_in_target(proto::ArchiveParams& archive, const SecretSources& sources,
                    const SecretSurroundings& surroundings, const std::stop_token& stop)
{
    for (const auto& variable : sources.variables) {
        auto value =
            variable.secret.is_set()
                ? named(variable.name, [&] { return fetch(variable.secret, surroundings, stop); })
                : proto::SecretText{variable.value};
        archive.backend.variables.push_back({variable.name, std::move(value)});
    }
    if (sources.target_password.is_set()) {
        archive.backend.variables.push_back(
            {password_variable(archive), named("target_password", [&] {
                 return fetch(sources.target_password, surroundings, stop);
             })});
    }
}

void fill_in(proto::ArchiveParams& archive, const SecretSources& sources,
             const SecretSurroundings& surroundings, const std::stop_token& stop)
{
    fill_in_passphrases(archive, sources, surroundings, stop);
    fill_in_target(archive, sources, surroundings, stop);
}

}  // namespace duplid::jobs
