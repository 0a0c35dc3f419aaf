#include "daemon/jobs/key_ring.hpp"

#include "daemon/jobs/secret_bytes.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/command/child.hpp"

#include <array>
#include <chrono>
#include <cstdlib>

namespace duplid::jobs {

namespace {

/// For a person who unlocks it.
constexpr std::chrono::minutes patience{1};
/// How the session bus is found, and in which language errors are.
constexpr std::array<const char*, 5> passed_on{"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR",
                                               "DBUS_SESSION_BUS_ADDRESS"};

command::Finished look_up(const std::string& name, const std::stop_token& stop, WipedSink& output)
{
    command::Command command;
    command.words = {"secret-tool", "lookup", "application", "duplid", "name", name};
    for (const auto* const variable : passed_on) {
        if (const char* const value = std::getenv(variable)) {
            command.environment.push_back(std::string{variable} + "=" + value);
        }
    }
    if (const char* const path = std::getenv("PATH")) {
        command.path = path;
    }
    command.stop = stop;
    try {
        return command::run(command, patience, {}, &output);
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::not_found) {
            throw Error{Error::Kind::not_found, "there is no secret-tool to ask a key ring with",
                        name, "install libsecret-tools"};
        }
        if (error.kind() == Error::Kind::unreachable) {
            throw Error{Error::Kind::wrong_secret, "nobody unlocked the key ring", name,
                        "log in to the desktop, or unlock it there"};
        }
        throw;
    }
}

void refuse_in_system(const SecretSource& source, const std::string& part)
{
    if (!source.keyring.empty()) {
        throw Error{Error::Kind::invalid, "the system's daemon has no desktop, and no key ring",
                    part + ".keyring", "say \"credential\" or \"file\""};
    }
}

void refuse_in_system(const std::vector<VariableSource>& variables, const std::string& whose)
{
    for (std::size_t i = 0; i < variables.size(); ++i) {
        refuse_in_system(variables[i].secret, whose + "variables[" + std::to_string(i) + "]");
    }
}

}  // namespace

proto::SecretText from_key_ring(const std::string& name, const std::stop_token& stop)
{
    WipedSink output;
    const auto finished = look_up(name, stop, output);
    if (finished.status == 0) {
        return without_line_end(output.take(), name);
    }
    // It says nothing where there is nothing.
    if (finished.errors.empty()) {
        throw Error{Error::Kind::not_found, "the key ring has no secret of duplid's of this name",
                    name, "\"duplictl secret-store " + name + "\" puts it there"};
    }
    throw Error{Error::Kind::wrong_secret, "the key ring does not open", name,
                "it says: " + finished.errors};
}

void check_key_ring_name(const std::string& name, const std::string& part)
{
    if (!name.empty() && !is_job_name(name)) {
        throw Error{Error::Kind::invalid,
                    "a name in the key ring has letters, digits, '.', '_' and '-' only", part};
    }
}

void check_key_rings_fit(const Job& job, bool is_system)
{
    if (!is_system) {
        return;
    }
    refuse_in_system(job.secrets.passphrase, "secrets.passphrase");
    refuse_in_system(job.secrets.sign_passphrase, "secrets.sign_passphrase");
    refuse_in_system(job.secrets.target_password, "secrets.target_password");
    refuse_in_system(job.secrets.variables, "secrets.");
    for (std::size_t i = 0; i < job.targets.size(); ++i) {
        const auto part = "targets[" + std::to_string(i) + "].secrets.";
        refuse_in_system(job.targets[i].secrets.target_password, part + "target_password");
        refuse_in_system(job.targets[i].secrets.variables, part);
    }
}

}  // namespace duplid::jobs
