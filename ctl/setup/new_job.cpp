#include "ctl/setup/new_job.hpp"

#include "ctl/jobs/job_targets.hpp"
#include "ctl/link/instance.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/requests/target_request.hpp"
#include "ctl/setup/secret_file.hpp"
#include "ctl/show/text.hpp"
#include "proto/methods.hpp"
#include "proto/target_variables.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>

namespace duplid::setup {

namespace {

using ctl::OptionId;

constexpr int indent = 4;

constexpr std::string_view the_one_there = "auto";
constexpr std::string_view any_disk = "none";

/// The UUID that --filesystem means by `word`; empty: any will do.
std::string uuid_for(ctl::Session& session, const std::string& word, const std::string& url)
{
    if (word == any_disk) {
        return {};
    }
    if (word != the_one_there) {
        return word;
    }
    const auto target = ctl::local_target(url);
    if (!target) {
        throw ctl::usage_failure("--filesystem auto is for a target on this machine", url);
    }
    // The daemon knows: it may see other disks than its client.
    auto disk = session.call(proto::methods::file_system, proto::FileSystemParams{*target});
    if (disk.uuid.empty()) {
        throw ctl::usage_failure("nobody can tell the UUID of the disk that this is on", *target,
                                 "give it yourself, as \"lsblk -f\" shows it, or "
                                 "--filesystem none");
    }
    return std::move(disk.uuid);
}

/// Each --filesystem becomes the UUID it stands for, of several targets with the name of one.
void settle_disks(ctl::Session& session, ctl::CommandLine& line)
{
    const auto said = line.values(OptionId::filesystem);
    if (said.empty()) {
        return;
    }
    std::erase_if(line.given, [](const auto& option) { return option.id == OptionId::filesystem; });
    const auto targets = ctl::typed_targets(line);
    const auto bind = [&](const ctl::TypedTarget& target, const std::string& word) {
        if (auto uuid = uuid_for(session, word, target.url); !uuid.empty()) {
            line.given.push_back(
                {OptionId::filesystem, target.name.empty() ? uuid : target.name + "=" + uuid});
        }
    };
    if (targets.size() == 1 && targets.front().name.empty()) {
        bind(targets.front(), said.back());
        return;
    }
    for (const auto& word : said) {
        const auto equals = word.find('=');
        if (equals == std::string::npos && (word == any_disk || word == the_one_there)) {
            for (const auto& target : targets) {
                bind(target, ctl::local_target(target.url) ? word : std::string{any_disk});
            }
            continue;
        }
        const auto named =
            std::ranges::find(targets, word.substr(0, equals), &ctl::TypedTarget::name);
        if (equals == std::string::npos || named == targets.end()) {
            throw ctl::usage_failure("of several targets, --filesystem wants the name of one", word,
                                     "for example --filesystem usb=UUID");
        }
        bind(*named, word.substr(equals + 1));
    }
}

/// What one target reads, as its settings say it; secrets go into files of their own.
ctl::JobSettings variables_for(CheckedJob& job, const NewJob& wanted, const std::string& target)
{
    const auto prefix = target.empty() ? job.name : job.name + "." + target;
    auto list = ctl::JobSettings::array();
    for (const auto& [of, variable] : wanted.variables) {
        if (of != target) {
            continue;
        }
        ctl::JobSettings item;
        item["name"] = variable.name;
        if (proto::is_secret_variable(variable.name)) {
            const auto path =
                free_path(job.config_directory + "/secrets", prefix + "." + variable.name);
            job.secrets.push_back({path, variable.value});
            item["file"] = path;
        } else {
            item["value"] = std::string{variable.value.reveal()};
        }
        list.push_back(std::move(item));
    }
    return list;
}

void put_variables_into(ctl::JobSettings& settings, ctl::JobSettings variables)
{
    if (!variables.empty()) {
        settings["secrets"]["variables"] = std::move(variables);
    }
}

void put_secrets_into_files(CheckedJob& job, const NewJob& wanted)
{
    if (wanted.passphrase.is_set()) {
        job.passphrase_file = free_path(job.config_directory + "/secrets", job.name);
        job.secrets.push_back({job.passphrase_file, wanted.passphrase});
        job.settings["secrets"]["passphrase"]["file"] = job.passphrase_file;
    } else if (job.settings.contains("secrets")) {
        const auto& secrets = job.settings["secrets"];
        job.passphrase_file =
            secrets.value("passphrase", ctl::JobSettings::object()).value("file", "");
    }
    if (!job.settings.contains("targets")) {
        put_variables_into(job.settings, variables_for(job, wanted, {}));
        return;
    }
    for (auto& target : job.settings["targets"]) {
        put_variables_into(target, variables_for(job, wanted, target.value("name", "")));
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
    const auto ours = nlohmann::json::parse(job.settings.dump());
    const auto is_ours = [&](const char* member) {
        return there.value(member, nlohmann::json{}) == ours.value(member, nlohmann::json{});
    };
    if (is_ours("source") && is_ours("target") && is_ours("targets")) {
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

bool may_be_name(std::string_view text) noexcept
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._-";
    return !text.empty() && text.front() != '.' && text.front() != '-' &&
           text.find_first_not_of(letters) == std::string_view::npos;
}

CheckedJob check_job(ctl::Session& session, const NewJob& wanted, const ctl::Surroundings& here)
{
    auto line = wanted.line;
    CheckedJob job;
    job.name = line.positionals.at(0);
    check_name(session, job.name);
    settle_disks(session, line);
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
