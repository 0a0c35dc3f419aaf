#include "ctl/setup/new_job.hpp"

#include "ctl/failure.hpp"
#include "ctl/instance.hpp"
#include "ctl/setup/secret_file.hpp"
#include "ctl/show/text.hpp"
#include "proto/methods.hpp"
#include "proto/target_variables.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::setup {

namespace {

using ctl::OptionId;

constexpr int indent = 4;

/// --filesystem: what "auto" stands for is known to the daemon, "none" means nothing at all.
void settle_disk(ctl::Session& session, ctl::CommandLine& line)
{
    const auto said = line.value(OptionId::filesystem);
    if (!said || (*said != "auto" && *said != "none")) {
        return;
    }
    std::erase_if(line.given, [](const auto& option) { return option.id == OptionId::filesystem; });
    if (*said == "none") {
        return;
    }
    const auto url = line.positionals.size() > 2 ? line.positionals[2] : std::string{};
    const auto target = local_target(url);
    if (!target) {
        throw ctl::usage_failure("--filesystem auto is for one target, on this machine", url);
    }
    const auto disk = session.call(proto::methods::file_system, proto::FileSystemParams{*target});
    if (disk.uuid.empty()) {
        throw ctl::usage_failure("nobody can tell the UUID of the disk that this is on", *target,
                                 "give it yourself, as \"lsblk -f\" shows it, or "
                                 "--filesystem none");
    }
    line.given.push_back({OptionId::filesystem, disk.uuid});
}

void put_secrets_into_files(CheckedJob& job, const NewJob& wanted)
{
    const auto directory = job.config_directory + "/secrets";
    auto& secrets = job.settings["secrets"];
    if (wanted.passphrase.is_set()) {
        job.passphrase_file = free_path(directory, job.name);
        job.secrets.push_back({job.passphrase_file, wanted.passphrase});
        secrets["passphrase"]["file"] = job.passphrase_file;
    } else if (secrets.contains("passphrase")) {
        job.passphrase_file = secrets["passphrase"].value("file", "");
    }
    auto variables = ctl::JobSettings::array();
    for (const auto& variable : wanted.variables) {
        ctl::JobSettings item;
        item["name"] = variable.name;
        if (proto::is_secret_variable(variable.name)) {
            const auto path = free_path(directory, job.name + "." + variable.name);
            job.secrets.push_back({path, variable.value});
            item["file"] = path;
        } else {
            item["value"] = std::string{variable.value.reveal()};
        }
        variables.push_back(std::move(item));
    }
    if (!variables.empty()) {
        secrets["variables"] = std::move(variables);
    }
    if (secrets.empty()) {
        job.settings.erase("secrets");
    }
}

std::string text_of(const CheckedJob& job)
{
    return job.settings.dump(indent) + "\n";
}

ctl::Failure failure_of(const proto::ConfigProblem& problem)
{
    return ctl::Failure{{.kind = proto::ErrorKind::invalid,
                         .cause = problem.cause,
                         .object = problem.line > 0 ? fmt::format("{}:{}:{}", problem.file,
                                                                  problem.line, problem.column)
                                                    : problem.file,
                         .hint = problem.hint}};
}

/// Only if it is the one that we made: somebody else may have been quicker with the name.
void take_back(const CheckedJob& job, const ctl::CommandLine& line, ctl::Interrupts& interrupts)
{
    auto daemon = ctl::resident_instance(line, interrupts);
    const proto::JobParams params{job.name};
    const auto there = daemon.session->call(proto::methods::job_show, params).settings;
    const auto is_ours = [&](const std::string& member) {
        return there.value(member, "") == job.settings.value(member, "");
    };
    if (is_ours("source") && is_ours("target")) {
        static_cast<void>(daemon.session->call(proto::methods::job_remove, params));
    }
}

}  // namespace

std::string config_directory(ctl::Session& session)
{
    return session.call(proto::methods::config_check, proto::ConfigCheckParams{}).directory;
}

void check_settings(ctl::Session& session)
{
    const auto problems =
        session.call(proto::methods::config_check, proto::ConfigCheckParams{}).problems;
    const auto found =
        std::ranges::find_if(problems, [](const auto& problem) { return problem.job.empty(); });
    if (found != problems.end()) {
        throw failure_of(*found);
    }
}

void check_name(ctl::Session& session, const std::string& name)
{
    const auto known = session.call(proto::methods::job_list, proto::Nothing{}).jobs;
    if (std::ranges::find(known, name, &proto::JobSummary::job) != known.end()) {
        throw ctl::usage_failure("there is a job of this name already", name,
                                 "choose another name, or change it with \"duplictl job set\"");
    }
}

std::string fault_of_calendar(ctl::Session& session, const std::string& text)
{
    // A job about which nothing else can be said.
    ctl::JobSettings probe;
    probe["source"] = "/";
    probe["target"] = "file:///";
    probe["encryption"] = false;
    probe["schedule"]["calendar"] = ctl::JobSettings::array({text});
    proto::ConfigCheckParams params;
    params.job = "probe";
    params.settings = probe.dump();
    const auto problems = session.call(proto::methods::config_check, params).problems;
    return problems.empty() ? std::string{} : show::printable(problems.front().cause);
}

std::optional<std::string> local_target(const std::string& url)
{
    constexpr std::string_view scheme = "file:";
    if (!url.starts_with(scheme)) {
        return std::nullopt;
    }
    auto path = url.substr(scheme.size());
    if (path.starts_with("//")) {
        path.erase(0, 2);
    }
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path.starts_with('/') ? std::optional{std::move(path)} : std::nullopt;
}

CheckedJob check_job(ctl::Session& session, const NewJob& wanted, const ctl::Surroundings& here)
{
    auto line = wanted.line;
    CheckedJob job;
    job.name = line.positionals.at(0);
    check_name(session, job.name);
    settle_disk(session, line);
    job.settings = ctl::job_from_options(line, here);
    job.config_directory = config_directory(session);
    put_secrets_into_files(job, wanted);
    const auto reply = session.call(proto::methods::config_check,
                                    proto::ConfigCheckParams{job.name, text_of(job)});
    if (!reply.problems.empty()) {
        throw failure_of(reply.problems.front());
    }
    return job;
}

proto::JobSetReply write_job(ctl::Session& session, const CheckedJob& job,
                             const ctl::CommandLine& line, ctl::Interrupts& interrupts, Undo& undo)
{
    for (const auto& file : job.secrets) {
        write_secret(file.path, file.secret, undo);
    }
    // Before it is asked for: whoever breaks in then does not hear whether it came to be.
    undo.add([job, line, &interrupts] { take_back(job, line, interrupts); });
    proto::JobSetParams params;
    params.job = job.name;
    params.settings = text_of(job);
    params.create = true;
    return session.call(proto::methods::job_set, params);
}

}  // namespace duplid::setup
