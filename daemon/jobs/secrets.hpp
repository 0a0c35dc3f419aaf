// Where a job's secrets come from. A job's file names them and never holds them.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/field.hpp"
#include "proto/secret_text.hpp"
#include "storage/io/sink.hpp"

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::jobs {

/// Exactly one member is set; none: there is no such secret.
struct SecretSource {
    std::string file;                  ///< absolute
    std::vector<std::string> command;  ///< the program and its arguments; no shell
    std::string credential;            ///< a name below $CREDENTIALS_DIRECTORY
    std::string env;                   ///< a variable of the daemon's own environment
    std::string keyring;               ///< a name in the desktop's key ring (key_ring.hpp)
    std::string program;               ///< of the system's instance: a file in /etc/duplid/commands

    /// How many are set.
    [[nodiscard]] int sources() const noexcept
    {
        return (file.empty() ? 0 : 1) + (command.empty() ? 0 : 1) + (credential.empty() ? 0 : 1) +
               (env.empty() ? 0 : 1) + (keyring.empty() ? 0 : 1) + (program.empty() ? 0 : 1);
    }
    [[nodiscard]] bool is_set() const noexcept { return sources() > 0; }
    void describe(proto::Fields& fields);
};

/// A variable that the target reads, as in proto::VariableParams.
struct VariableSource {
    std::string name;
    std::string value;  ///< for what is no secret: a user, a region
    SecretSource secret;

    void describe(proto::Fields& fields);
};

struct SecretSources {
    SecretSource passphrase;
    SecretSource sign_passphrase;
    SecretSource target_password;  ///< what the target's URL leaves out
    std::vector<VariableSource> variables;

    void describe(proto::Fields& fields);
    /// Names of variables of the daemon's environment.
    [[nodiscard]] std::vector<std::string> environment_names() const;
};

/// Values of variables that jobs name, taken out of the daemon's environment when it starts: what
/// stays there would be handed to each program that it runs. Not changed afterwards.
using EnvironmentSecrets = std::map<std::string, proto::SecretText>;

/// Runs the system's program of this name, which gives `output` the secret, and returns its status.
using RunProgram =
    std::function<int(const std::string& name, io::Sink& output, const std::stop_token& stop)>;

/// What the daemon has for those who look for secrets.
struct SecretSurroundings {
    EnvironmentSecrets variables{};
    RunProgram run_program{};  ///< empty where there are no such programs
};

/// Moves these variables. Before threads are there that could look at the environment.
void take_from_environment(EnvironmentSecrets& taken, const std::vector<std::string>& names);

/// What a secret is now. A line end at its end is no part of it. Programs may take a minute.
/// Throws: Error denied when the file may be read by others, or belongs to somebody else;
/// not_found; wrong_secret when the command fails or there is nothing; cancelled. None holds the
/// secret.
[[nodiscard]] proto::SecretText fetch(const SecretSource& source,
                                      const SecretSurroundings& surroundings,
                                      const std::stop_token& stop);

/// Those that open the archive, and those that open the way to its target.
void fill_in_passphrases(proto::ArchiveParams& archive, const SecretSources& sources,
                         const SecretSurroundings& surroundings, const std::stop_token& stop);
void fill_in_target(proto::ArchiveParams& archive, const SecretSources& sources,
                    const SecretSurroundings& surroundings, const std::stop_token& stop);
/// Puts all of them into a request. All throw: as fetch(), saying which it was.
void fill_in(proto::ArchiveParams& archive, const SecretSources& sources,
             const SecretSurroundings& surroundings, const std::stop_token& stop);

}  // namespace duplid::jobs
