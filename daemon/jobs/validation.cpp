#include "daemon/jobs/validation.hpp"

#include "daemon/jobs/key_ring.hpp"
#include "daemon/jobs/plans.hpp"
#include "daemon/jobs/requests.hpp"
#include "daemon/jobs/targets.hpp"
#include "proto/error.hpp"
#include "proto/reader.hpp"
#include "proto/target_variables.hpp"
#include "storage/io/error.hpp"

#include <ctime>

namespace duplid::jobs {

namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& part,
                         const std::string& hint = {})
{
    throw Error{Error::Kind::invalid, text, part, hint};
}

void check_place(const Job& job)
{
    if (job.request.source.empty()) {
        refuse("there is no \"source\" to back up", "");
    }
    if (!job.request.source.starts_with('/')) {
        refuse("the source must be an absolute path", "source");
    }
    check_targets(job);
}

void check_source(const SecretSource& source, const std::string& part)
{
    if (source.sources() > 1) {
        refuse("a secret has one source", part,
               "say one of file, command, program, credential, env and keyring");
    }
    if (!source.program.empty() && !is_job_name(source.program)) {
        refuse("a program's name has letters, digits, '.', '_' and '-' only", part + ".program",
               "it is that of a file in /etc/duplid/commands");
    }
    check_key_ring_name(source.keyring, part + ".keyring");
    if (!source.file.empty() && !source.file.starts_with('/')) {
        refuse("a path must be absolute", part + ".file");
    }
    if (source.credential.find('/') != std::string::npos) {
        refuse("a credential's name has no slash", part + ".credential");
    }
    if (proto::is_secret_variable(source.env)) {
        refuse("duplid wipes this variable when it starts", part + ".env",
               "give the variable another name");
    }
}

void check_variables(const std::vector<VariableSource>& variables, const std::string& whose)
{
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const auto& variable = variables[i];
        const auto part = whose + "variables[" + std::to_string(i) + "]";
        check_source(variable.secret, part);
        if (proto::target_variable(variable.name) == nullptr) {
            refuse("no target reads a variable of this name", part + ".name");
        }
        if (variable.secret.is_set() && !variable.value.empty()) {
            refuse("a variable has one value", part, "leave out \"value\", or its other source");
        }
        if (!variable.value.empty() && proto::is_secret_variable(variable.name)) {
            refuse("a secret does not belong into this file", part + ".value",
                   "name a file, a command, a credential, a variable or a key ring that holds it");
        }
    }
}

void check_secrets(const Job& job)
{
    const auto& secrets = job.secrets;
    check_source(secrets.passphrase, "secrets.passphrase");
    check_source(secrets.sign_passphrase, "secrets.sign_passphrase");
    check_source(secrets.target_password, "secrets.target_password");
    check_variables(secrets.variables, "secrets.");
    for (std::size_t i = 0; i < job.targets.size(); ++i) {
        const auto part = "targets[" + std::to_string(i) + "].secrets.";
        check_source(job.targets[i].secrets.target_password, part + "target_password");
        check_variables(job.targets[i].secrets.variables, part);
    }
    const auto& archive = job.request.archive;
    const bool symmetric = archive.encrypt_key.empty() && archive.hidden_encrypt_key.empty();
    if (archive.encryption && symmetric && !archive.use_agent && !secrets.passphrase.is_set()) {
        refuse("the archive is to be encrypted, and nothing says with what", "secrets",
               "say secrets.passphrase, encrypt_key, or \"encryption\": false");
    }
}

void check_amounts(const Job& job)
{
    for (std::size_t i = 0; i < job.select.size(); ++i) {
        if (job.select[i].count() != 1) {
            refuse("a rule has exactly one member", "select[" + std::to_string(i) + "]",
                   "for example {\"exclude\": \"/home/*/.cache\"}");
        }
    }
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    static_cast<void>(backup_request(job, now));
    static_cast<void>(removals(job, now));
    static_cast<void>(plan_of_backup(job));
    static_cast<void>(plan_of_verify(job));
    static_cast<void>(plan_of_check(job));
    static_cast<void>(conditions_of(job));
    if (job.io_level && job.io_class != IoClass::best_effort) {
        refuse("only best-effort has levels", "io_level", "say \"io_class\": \"best-effort\"");
    }
    if (job.verify && job.verify->compare_data && !job.verify->with_source) {
        refuse("there is nothing to compare data with", "verify.compare_data",
               "say \"with_source\": true");
    }
}

void check(const Job& job, const Judge& judge)
{
    check_secrets(job);
    check_amounts(job);
    check_hooks(job);
    if (judge) {
        judge(job);
    }
}

void check_source_fits(const SecretSource& source, const std::string& part, bool takes_names)
{
    if (takes_names && !source.command.empty()) {
        refuse("the system's daemon executes no programs of jobs", part + ".command",
               "put the program into /etc/duplid/commands, and name it in \"program\"; or say "
               "\"file\" or \"credential\"");
    }
    if (!takes_names && !source.program.empty()) {
        refuse("names are for the system's daemon", part + ".program",
               "say \"command\", with the program's path");
    }
}

void check_variables_fit(const std::vector<VariableSource>& variables, const std::string& whose,
                         bool takes_names)
{
    for (std::size_t i = 0; i < variables.size(); ++i) {
        check_source_fits(variables[i].secret, whose + "variables[" + std::to_string(i) + "]",
                          takes_names);
    }
}

/// The reader says "unknown member" of an object; people look for the word.
std::string cause_of(const proto::RpcError& error)
{
    if (error.cause != "unknown member") {
        return error.cause;
    }
    const auto dot = error.object.rfind('.');
    return "there is no setting \"" +
           (dot == std::string::npos ? error.object : error.object.substr(dot + 1)) + "\"";
}

}  // namespace

void check_secrets_fit(const Job& job, bool takes_names)
{
    const auto& secrets = job.secrets;
    check_source_fits(secrets.passphrase, "secrets.passphrase", takes_names);
    check_source_fits(secrets.sign_passphrase, "secrets.sign_passphrase", takes_names);
    check_source_fits(secrets.target_password, "secrets.target_password", takes_names);
    check_variables_fit(secrets.variables, "secrets.", takes_names);
    for (std::size_t i = 0; i < job.targets.size(); ++i) {
        const auto part = "targets[" + std::to_string(i) + "].secrets.";
        const auto& own = job.targets[i].secrets;
        check_source_fits(own.target_password, part + "target_password", takes_names);
        check_variables_fit(own.variables, part, takes_names);
    }
}

Job job_from(const Document& document, const std::string& name, const Judge& judge)
{
    try {
        auto job = proto::read_message<Job>(document.value(), proto::Strictness::request);
        job.name = name;
        complete_targets(job, document.value());
        check_place(job);
        if (!job.targets.empty()) {
            job.request.archive.target = job.targets.front().url;
        }
        check(job, judge);
        return job;
    } catch (const proto::ProtocolError& error) {
        throw ProblemError{
            document.problem_at(error.error().object, cause_of(error.error()), error.error().hint)};
    } catch (const Error& error) {
        throw ProblemError{document.problem_at(error.object(), error.what(), error.hint())};
    }
}

}  // namespace duplid::jobs
