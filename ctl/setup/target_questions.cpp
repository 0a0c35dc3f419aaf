#include "ctl/setup/target_questions.hpp"

#include "ctl/jobs/job_targets.hpp"
#include "ctl/requests/target_request.hpp"
#include "ctl/secrets/target_password.hpp"
#include "ctl/setup/typed_path.hpp"
#include "proto/target_variables.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace duplid::setup {

namespace {

using ctl::CommandLine;
using ctl::OptionId;
using ctl::TypedTarget;

constexpr std::size_t source_index = 1;

/// "disk" for a directory, else the host, else how it is reached: "sftp://ann@nas/x" is "nas".
std::string plain_name(const std::string& url)
{
    if (ctl::local_target(url)) {
        return "disk";
    }
    std::string_view text{url};
    const auto scheme = text.substr(0, text.find(':'));
    if (const auto slashes = text.find("://"); slashes != std::string_view::npos) {
        text.remove_prefix(slashes + 3);
        text = text.substr(0, text.find('/'));
        text.remove_prefix(text.rfind('@') + 1);  // nothing, where there is none
        text = text.substr(0, text.find(':'));
        if (may_be_name(text)) {
            return std::string{text};
        }
    }
    return may_be_name(scheme) ? std::string{scheme} : "target";
}

bool is_named(const std::vector<TypedTarget>& targets, const std::string& name)
{
    return std::ranges::find(targets, name, &TypedTarget::name) != targets.end();
}

/// One that no other has.
std::string proposed_name(const std::string& url, const std::vector<TypedTarget>& others)
{
    const auto plain = plain_name(url);
    auto name = plain;
    for (int number = 2; is_named(others, name); ++number) {
        name = fmt::format("{}-{}", plain, number);
    }
    return name;
}

std::string asked_url(const Questions& questions, const std::vector<TypedTarget>& others)
{
    return url_from(questions.text("Target", "", [&others](const std::string& answer) {
        const bool is_known =
            std::ranges::find(others, url_from(answer), &TypedTarget::url) != others.end();
        return is_known ? "You have named this one already." : "";
    }));
}

void name_targets(std::vector<TypedTarget>& targets, const Questions& questions)
{
    questions.tell("Each of them has a name, by which duplid speaks of it.\n");
    std::vector<TypedTarget> named;
    for (auto& target : targets) {
        // By number: a URL may hold a password.
        const auto question = fmt::format("Name of target {}", named.size() + 1);
        target.name = questions.text(
            question, proposed_name(target.url, named), [&named](const std::string& text) {
                if (!may_be_name(text)) {
                    return name_rule;
                }
                return is_named(named, text) ? "Another target has this name." : "";
            });
        named.push_back(target);
    }
}

/// A glob that matches this path alone.
std::string glob_of(const std::string& path)
{
    std::string glob;
    for (const char c : path) {
        const bool is_special = c == '*' || c == '?' || c == '[';
        glob += is_special ? std::string{'[', c, ']'} : std::string{c};
    }
    return glob;
}

proto::BackendParams backend_of(const CommandLine& line)
{
    proto::BackendParams backend;
    backend.gio = line.has(OptionId::gio);
    backend.ssh_askpass = line.has(OptionId::ssh_askpass);
    return backend;
}

/// Variables that say how to get at this very target, as opposed to those of every session.
bool is_of_target(std::string_view name, proto::TargetKinds kinds)
{
    const auto* const row = proto::target_variable(name);
    return row != nullptr && (row->readers & kinds) != 0 &&
           (row->is_secret || (row->readers != proto::remote_kinds &&
                               !contains(row->readers, proto::TargetKind::ssh)));
}

/// Whether the line says where its password is.
bool says_password(const CommandLine& line, const TypedTarget& target)
{
    const auto is_its = [&target](const std::string& value) {
        return target.name.empty() || value.starts_with(target.name + "=");
    };
    return std::ranges::any_of(line.values(OptionId::target_password_file), is_its) ||
           std::ranges::any_of(line.values(OptionId::target_password_keyring), is_its);
}

void ask_password(NewJob& job, const TypedTarget& target, const Questions& questions)
{
    const auto question = ctl::password_question(target.url, backend_of(job.line));
    const bool is_known =
        says_password(job.line, target) ||
        (question && std::ranges::any_of(job.variables, [&](const TargetVariable& known) {
             return known.target == target.name && known.variable.name == question->variable;
         }));
    if (question && !is_known && questions.asks()) {
        const auto which = target.name.empty() ? std::string{} : " " + target.name;
        job.variables.push_back(
            {target.name,
             {question->variable,
              questions.secret(fmt::format("Password of the target{} (it is put into a file that "
                                           "only the daemon reads)",
                                           which))}});
    }
}

}  // namespace

bool has_target(const CommandLine& line)
{
    return !ctl::typed_targets(line).empty();
}

void ask_targets(CommandLine& line, const Questions& questions)
{
    if (has_target(line)) {
        return;
    }
    questions.tell("Where to? A directory, such as /media/disk/backup, or a URL:\n"
                   "  sftp://user@host/directory   webdavs://user@host/directory\n"
                   "  boto3+s3://bucket/directory  rsync://user@host/directory\n");
    std::vector<TypedTarget> targets;
    do {
        targets.push_back({"", asked_url(questions, targets)});
    } while (questions.yes("A further target, which gets the same backups?", false));
    if (targets.size() == 1) {
        line.positionals.push_back(targets.front().url);
        return;
    }
    name_targets(targets, questions);
    for (const auto& target : targets) {
        line.given.push_back({OptionId::add_target, fmt::format("{}={}", target.name, target.url)});
    }
}

void leave_out_targets(CommandLine& line)
{
    const auto source = tidy(path_from(line.positionals.at(source_index)));
    const auto below = source == "/" ? source : source + "/";
    for (const auto& target : ctl::typed_targets(line)) {
        const auto path = ctl::local_target(target.url);
        if (path && tidy(*path).starts_with(below)) {
            line.given.insert(line.given.begin(),
                              ctl::GivenOption{OptionId::exclude, glob_of(tidy(*path))});
        }
    }
}

void take_credentials(NewJob& job, const std::vector<ctl::Variable>& variables,
                      const Questions& questions)
{
    const auto targets = ctl::typed_targets(job.line);
    const auto backend = backend_of(job.line);
    const auto reads = [&backend](const TypedTarget& target, const ctl::Variable& variable) {
        return is_of_target(variable.name, proto::kinds_of(target.url, backend.gio));
    };
    for (const auto& variable : variables) {
        const auto is_reader = [&](const TypedTarget& target) { return reads(target, variable); };
        if (std::ranges::count_if(targets, is_reader) == 1) {
            const auto reader = std::ranges::find_if(targets, is_reader);
            job.variables.push_back({reader->name, variable});
        }
    }
    for (const auto& target : targets) {
        ask_password(job, target, questions);
    }
}

}  // namespace duplid::setup
