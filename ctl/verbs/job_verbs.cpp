#include "ctl/verbs/job_verbs.hpp"

#include "ctl/jobs/editor.hpp"
#include "ctl/jobs/job_targets.hpp"
#include "ctl/link/instance.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/runs/follow_run.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/show/jobs.hpp"
#include "ctl/show/pager.hpp"
#include "ctl/words/job_settings.hpp"
#include "ctl/words/option_values.hpp"
#include "proto/methods.hpp"

#include <cstdio>
#include <ctime>
#include <fmt/format.h>

namespace duplid::ctl {

namespace {

/// Asks and prints the answer; returns it.
template <class Params, class Reply, class Print>
Reply ask(const CommandLine& line, Output& output, Interrupts& interrupts,
          const proto::Method<Params, Reply>& method, const Params& params, const Print& print)
{
    const auto look = look_of(line);
    auto chosen = open_resident_instance(line, look, interrupts);
    const auto json = chosen.session->call_json(method.name, proto::write_message(params));
    auto reply = proto::read_message<Reply>(json, proto::Strictness::reply);
    if (look.json) {
        output.json(json);
    } else {
        page(print(reply), look, output);
    }
    return reply;
}

std::string nothing_to_say(const proto::Nothing&)
{
    return {};
}

std::string job_or_all(const CommandLine& line)
{
    return line.positionals.empty() ? "" : line.positionals.front();
}

/// Told on standard error, so that they are seen beside --json and in logs.
int status_of(const proto::ConfigCheckReply& reply, const CommandLine& line)
{
    if (!line.has(OptionId::json)) {
        for (const auto& problem : reply.problems) {
            std::fputs(show::problem(problem).c_str(), stderr);
        }
    }
    return static_cast<int>(reply.problems.empty() ? proto::ExitCode::ok : proto::ExitCode::failed);
}

void fill_task(proto::JobRunParams& params, const std::string& task)
{
    if (task == "full") {
        params.type = proto::BackupType::full;
    } else if (task == "verify") {
        params.task = proto::JobTask::verify;
    } else if (task == "check") {
        params.task = proto::JobTask::check;
    } else if (task != "backup") {
        throw usage_failure("--task wants backup, full, verify or check", task);
    }
}

int put_settings(const CommandLine& line, Output& output, Interrupts& interrupts,
                 const proto::JobSetParams& params)
{
    static_cast<void>(ask(line, output, interrupts, proto::methods::job_set, params,
                          [&line](const proto::JobSetReply& reply) {
                              return line.has(OptionId::quiet)
                                         ? std::string{}
                                         : fmt::format("Wrote {}\n", reply.file);
                          }));
    return 0;
}

}  // namespace

int job_list(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    static_cast<void>(ask(line, output, interrupts, proto::methods::job_list, proto::Nothing{},
                          [](const proto::JobListReply& reply) {
                              auto text = show::job_table(reply.jobs, std::time(nullptr));
                              for (const auto& problem : reply.problems) {
                                  text += show::problem(problem);
                              }
                              return text;
                          }));
    return 0;
}

int job_show(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    static_cast<void>(ask(line, output, interrupts, proto::methods::job_show,
                          proto::JobParams{line.positionals.at(0)},
                          [](const proto::JobShowReply& reply) {
                              return show::job_details(reply, std::time(nullptr));
                          }));
    return 0;
}

int job_run(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    proto::JobRunParams params;
    params.job = line.positionals.at(0);
    fill_task(params, line.value(OptionId::task).value_or("backup"));
    params.refill = line.values(OptionId::refill);
    auto chosen = open_resident_instance(line, look, interrupts);
    auto& session = *chosen.session;
    const auto reply = session.call(proto::methods::job_run, params);
    if (line.has(OptionId::wait)) {
        const auto done = follow_run(session, reply.run, Ownership::watched, look, output);
        return show_end(done, session, look, output);
    }
    if (look.json) {
        output.json(proto::write_message(reply));
    } else {
        output.text(fmt::format("Run {}\n", reply.run));
    }
    return 0;
}

int job_pause(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    static_cast<void>(ask(line, output, interrupts, proto::methods::job_pause,
                          proto::JobPauseParams{job_or_all(line), pause_end(line)},
                          nothing_to_say));
    return 0;
}

int job_resume(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    static_cast<void>(ask(line, output, interrupts, proto::methods::job_resume,
                          proto::JobResumeParams{job_or_all(line)}, nothing_to_say));
    return 0;
}

int job_set(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    proto::JobSetParams params;
    params.job = line.positionals.at(0);
    auto settings = settings_from({line.positionals.begin() + 1, line.positionals.end()});
    if (changes_targets(line)) {
        if (settings.contains("target") || settings.contains("targets")) {
            throw usage_failure("the targets are said twice", {},
                                "say them with --target, or as a setting");
        }
        auto chosen = resident_instance(line, interrupts);
        const auto known =
            chosen.session->call(proto::methods::job_show, proto::JobParams{params.job});
        settings["targets"] = changed_targets(known.settings, line);
    } else if (line.positionals.size() == 1) {
        throw usage_failure("there is nothing to set", {},
                            "duplictl job-set JOB schedule.every=1d");
    }
    params.settings = settings.dump();
    return put_settings(line, output, interrupts, params);
}

int job_edit(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    auto chosen = open_resident_instance(line, look, interrupts);
    auto& session = *chosen.session;
    const auto& job = line.positionals.at(0);
    const auto known = session.call(proto::methods::job_show, proto::JobParams{job});
    const auto own_end = "/jobs.d/" + job + ".json";
    std::string file;
    for (const auto& name : known.files) {
        file = name.ends_with(own_end) ? name : file;
    }
    if (file.empty()) {
        throw Failure{{.kind = proto::ErrorKind::not_found,
                       .cause = "this job has no file of its own",
                       .object = job,
                       .hint = {}}};
    }
    EditedCopy copy{file};
    while (copy.edit()) {
        proto::JobSetParams params;
        params.job = job;
        params.settings = copy.text();
        params.replace = true;
        try {
            const auto reply = session.call(proto::methods::job_set, params);
            if (look.json) {
                output.json(proto::write_message(reply));
            }
            return 0;
        } catch (const Failure& failure) {
            if (failure.error().kind != proto::ErrorKind::invalid || !copy.ask_again(failure)) {
                throw;
            }
        }
    }
    std::fputs("duplictl: nothing was changed\n", stderr);
    return 0;
}

int job_remove(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    static_cast<void>(
        ask(line, output, interrupts, proto::methods::job_remove,
            proto::JobParams{line.positionals.at(0)}, [&line](const proto::JobRemoveReply& reply) {
                std::string text;
                for (const auto& file : reply.files) {
                    text += line.has(OptionId::quiet) ? "" : fmt::format("Deleted {}\n", file);
                }
                return text;
            }));
    return 0;
}

int config_check(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    proto::ConfigCheckParams params;
    params.places = true;
    const auto reply =
        ask(line, output, interrupts, proto::methods::config_check, params, show::configuration);
    return status_of(reply, line);
}

int reload(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto reply = ask(line, output, interrupts, proto::methods::reload, proto::Nothing{},
                           show::configuration);
    return status_of(reply, line);
}

}  // namespace duplid::ctl
