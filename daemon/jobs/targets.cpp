#include "daemon/jobs/targets.hpp"

#include "proto/reader.hpp"
#include "proto/writer.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/local_directory.hpp"
#include "storage/remote/url.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace duplid::jobs {

namespace {

/// Options of a target by themselves.
struct BackendOptions {
    proto::BackendParams backend;

    void describe(proto::Fields& fields) { backend.describe_options(fields); }
};

[[noreturn]] void refuse(const std::string& text, const std::string& part,
                         const std::string& hint = {})
{
    throw Error{Error::Kind::invalid, text, part, hint};
}

void check_url(const std::string& url, const std::string& part, const std::string& password)
{
    if (!remote::looks_like_url(url)) {
        refuse("this is no URL", part, "a directory is written as \"file:///its/absolute/path\"");
    }
    if (remote::parse_url(url).password.is_set()) {
        refuse("a password does not belong into this file", part,
               "leave it out of the URL and say " + password);
    }
}

}  // namespace

std::vector<std::string> members_replaced_by(const proto::Json& layer)
{
    const auto says = [&layer](const char* name) {
        return layer.contains(name) && !layer[name].is_null();
    };
    const bool one = says("target") || says("target_b64");
    const bool several = says("targets");
    if (one == several) {
        return {};
    }
    return several ? std::vector<std::string>{"target", "target_b64"}
                   : std::vector<std::string>{"targets"};
}

void complete_targets(Job& job, const proto::Json& settings)
{
    const auto common = proto::write_message(BackendOptions{job.request.archive.backend});
    for (std::size_t i = 0; i < job.targets.size(); ++i) {
        auto options = common;
        for (const auto& [name, value] : settings.at("targets").at(i).items()) {
            if (name == "limit_up" || name == "limit_down") {
                refuse("limits of rate are for a run as a whole",
                       "targets[" + std::to_string(i) + "]." + name, "say it beside \"targets\"");
            }
            options.erase(name + "_b64");
            options[name] = value;
        }
        // Lenient: "name" and others stand there, too, and were read before.
        job.targets[i].backend =
            proto::read_message<BackendOptions>(options, proto::Strictness::reply).backend;
    }
}

std::vector<JobTarget> targets_of(const Job& job)
{
    const auto& archive = job.request.archive;
    if (job.targets.empty()) {
        return {JobTarget{.name = "",
                          .archive = archive,
                          .secrets = job.secrets,
                          .filesystem = job.conditions.filesystem}};
    }
    std::vector<JobTarget> all;
    for (const auto& target : job.targets) {
        JobTarget one{.name = target.name,
                      .archive = archive,
                      .secrets = {},
                      .is_required = target.required,
                      .filesystem = target.filesystem};
        one.archive.target = target.url;
        one.archive.backend = target.backend;
        if (!all.empty() && !archive.name.empty()) {
            one.archive.name = archive.name + "-" + target.name;
        }
        one.secrets.target_password = target.secrets.target_password;
        one.secrets.variables = job.secrets.variables;
        one.secrets.variables.insert(one.secrets.variables.end(), target.secrets.variables.begin(),
                                     target.secrets.variables.end());
        all.push_back(std::move(one));
    }
    return all;
}

Job with_target(const Job& job, std::size_t index)
{
    auto alone = job;
    auto target = targets_of(job).at(index);
    alone.request.archive = std::move(target.archive);
    alone.secrets.target_password = std::move(target.secrets.target_password);
    alone.secrets.variables = std::move(target.secrets.variables);
    alone.conditions.filesystem = std::move(target.filesystem);
    alone.targets.clear();
    return alone;
}

std::string local_directory(const std::string& target, const std::string& part)
{
    auto directory = remote::local_directory_of(target, "");
    if (!directory) {
        refuse("only a target on this machine is on one of its disks", part);
    }
    return *std::move(directory);
}

void check_targets(const Job& job)
{
    const auto& target = job.request.archive.target;
    if (job.targets.empty()) {
        if (target.empty()) {
            refuse("there is no \"target\" to back up to", "");
        }
        check_url(target, "target", "secrets.target_password");
        return;
    }
    if (!target.empty()) {
        refuse("\"target\" and \"targets\" exclude each other", "targets");
    }
    if (job.secrets.target_password.is_set()) {
        refuse("a job with several targets has no one password for them", "secrets.target_password",
               "say it in the \"secrets\" of the target that it is for");
    }
    std::set<std::string> names;
    std::set<std::string> places;
    for (std::size_t i = 0; i < job.targets.size(); ++i) {
        const auto& one = job.targets[i];
        const auto part = "targets[" + std::to_string(i) + "]";
        if (!is_job_name(one.name)) {
            refuse("a target's name is of letters, digits, '.', '_' and '-'", part + ".name",
                   "for example \"usb\"");
        }
        if (!names.insert(one.name).second) {
            refuse("two targets have this name", part + ".name");
        }
        check_url(one.url, part + ".url", part + ".secrets.target_password");
        if (!places.insert(remote::canonical(remote::parse_url(one.url), {})).second) {
            refuse("two targets are the same place", part + ".url");
        }
        if (!one.filesystem.empty()) {
            static_cast<void>(local_directory(one.url, part + ".filesystem"));
        }
    }
}

}  // namespace duplid::jobs
