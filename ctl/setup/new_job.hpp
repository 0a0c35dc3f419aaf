// A job on its way from a command line to the daemon: checked as a whole before anything of it is
// written.
#pragma once

#include "ctl/jobs/job_options.hpp"
#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/requests/request.hpp"
#include "ctl/secrets/secrets.hpp"
#include "ctl/setup/undo.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/jobs.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::setup {

/// What a target reads from the environment.
struct TargetVariable {
    std::string target;  ///< its name; empty: the job has one only
    ctl::Variable variable;
};

/// What is wanted. Secrets in it are to be put into files, which the job then names.
struct NewJob {
    ctl::CommandLine line;         ///< positionals: name, source, and URL unless there are several
    proto::SecretText passphrase;  ///< not set: the line says where it is, or there is none
    bool is_generated = false;     ///< the passphrase: nobody knows it yet
    std::vector<TargetVariable> variables;
};

struct SecretFile {
    std::string path;
    proto::SecretText secret;
};

/// A job that the daemon would take. Nothing of it is there yet.
struct CheckedJob {
    std::string name;
    ctl::JobSettings settings;
    std::vector<SecretFile> secrets;
    std::string config_directory;
    /// Where the passphrase is going to be; empty: in no file of ours.
    std::string passphrase_file;
};

/// Where the daemon's configuration is.
[[nodiscard]] std::string config_directory(ctl::Session& session);

/// Of a job, or of one of several targets. Roughly; the daemon has the last word.
[[nodiscard]] bool may_be_name(std::string_view text) noexcept;
inline constexpr const char* name_rule = "A name is of letters, digits, '.', '_' and '-'.";

/// Throws: Failure when the daemon's own settings make no sense: no job could be made.
void check_settings(ctl::Session& session);

/// Throws: Failure (usage) when there is a job of this name.
void check_name(ctl::Session& session, const std::string& name);

/// What the daemon has against a point in time of a schedule; empty: nothing. Throws: Failure.
[[nodiscard]] std::string fault_of_calendar(ctl::Session& session, const std::string& text);

/// Asks the daemon what it thinks of the job. Throws: Failure with the place of what is wrong.
[[nodiscard]] CheckedJob check_job(ctl::Session& session, const NewJob& wanted,
                                   const ctl::Surroundings& here);

/// Secrets first, the job last, so that it never names what is not there. `line` says how to find
/// the daemon again, to take back what it was asked for last. Throws: Failure; Interrupted.
proto::JobSetReply write_job(ctl::Session& session, const CheckedJob& job,
                             const ctl::CommandLine& line, ctl::Interrupts& interrupts, Undo& undo);

}  // namespace duplid::setup
