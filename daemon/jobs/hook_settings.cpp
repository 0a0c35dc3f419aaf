#include "daemon/jobs/hook_settings.hpp"

#include "daemon/jobs/amounts.hpp"
#include "daemon/jobs/job.hpp"
#include "daemon/jobs/key_ring.hpp"
#include "proto/target_variables.hpp"
#include "storage/io/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace duplid::jobs {

namespace {

constexpr std::uint64_t words_max = 1000;
constexpr std::uint64_t hooks_max = 20;
constexpr std::chrono::minutes usual_time_max{10};

constexpr std::array<std::string_view, 4> task_words{"backup", "removal", "verify", "check"};

constexpr std::array methods{
    proto::Choice{static_cast<int>(PingMethod::post), "post"},
    proto::Choice{static_cast<int>(PingMethod::get), "get"},
};

constexpr std::array whens{
    proto::Choice{static_cast<int>(NoticeWhen::never), "never"},
    proto::Choice{static_cast<int>(NoticeWhen::stale), "stale"},
    proto::Choice{static_cast<int>(NoticeWhen::failures), "failures"},
    proto::Choice{static_cast<int>(NoticeWhen::always), "always"},
};

[[noreturn]] void refuse(const std::string& text, const std::string& part,
                         const std::string& hint = {})
{
    throw Error{Error::Kind::invalid, text, part, hint};
}

std::string item(const std::string& part, std::size_t index)
{
    return part + "[" + std::to_string(index) + "]";
}

void check_command(const HookCommand& hook, const std::string& part)
{
    if (hook.command.empty() == hook.name.empty()) {
        refuse("a hook is either a command or a name", part,
               "for example {\"command\": [\"/usr/local/bin/before-backup\"]}");
    }
    if (!hook.command.empty() && hook.command.front().empty()) {
        refuse("there is no program", part + ".command");
    }
    if (!hook.name.empty() && !is_job_name(hook.name)) {
        refuse("a hook's name has letters, digits, '.', '_' and '-' only", part + ".name",
               "it is that of a file in /etc/duplid/hooks");
    }
    try {
        static_cast<void>(hook.time_max());
    } catch (const Error& error) {
        refuse(error.what(), part + ".time_limit", error.hint());
    }
}

void check_commands(const std::vector<HookCommand>& hooks, const std::string& part)
{
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        check_command(hooks[i], item(part, i));
    }
}

void check_url(const WebhookUrl& url, const std::string& part)
{
    const auto& secret = url.secret;
    if ((url.url.empty() ? 0 : 1) + secret.sources() > 1) {
        refuse("a URL has one source", part,
               "say one of url, file, command, program, credential, env and keyring");
    }
    if (!secret.program.empty() && !is_job_name(secret.program)) {
        refuse("a program's name has letters, digits, '.', '_' and '-' only", part + ".program",
               "it is that of a file in /etc/duplid/commands");
    }
    check_key_ring_name(secret.keyring, part + ".keyring");
    if (!url.url.empty() && !url.url.starts_with("https://") && !url.url.starts_with("http://")) {
        refuse("a webhook's URL begins with https:// or http://", part + ".url");
    }
    if (!secret.file.empty() && !secret.file.starts_with('/')) {
        refuse("a path must be absolute", part + ".file");
    }
    if (secret.credential.find('/') != std::string::npos) {
        refuse("a credential's name has no slash", part + ".credential");
    }
    if (proto::is_secret_variable(secret.env)) {
        refuse("duplid wipes this variable when it starts", part + ".env",
               "give the variable another name");
    }
}

void check_webhook(const Webhook& webhook, NoticeWhen when, const std::string& part)
{
    check_url(webhook.ping, part);
    check_url(webhook.start, part + ".start");
    check_url(webhook.success, part + ".success");
    check_url(webhook.fail, part + ".fail");
    if (!webhook.ping.is_set() && !webhook.start.is_set() && !webhook.success.is_set() &&
        !webhook.fail.is_set()) {
        refuse("there is no URL to call", part,
               "say \"url\", or \"file\" with a file that holds it");
    }
    if (webhook.start.is_set() && when != NoticeWhen::always) {
        refuse("nobody is told of starts", part + ".start", "say \"when\": \"always\"");
    }
}

/// Every program that the job names, with its place.
template <class Use>
void for_each_command(const Job& job, const Use& use)
{
    const auto each = [&use](const std::vector<HookCommand>& hooks, const std::string& part) {
        for (std::size_t i = 0; i < hooks.size(); ++i) {
            use(hooks[i], item(part, i));
        }
    };
    each(job.hooks.before, "hooks.before");
    each(job.hooks.after, "hooks.after");
    each(job.hooks.failed, "hooks.failed");
    each(job.hooks.finally, "hooks.finally");
    for (std::size_t i = 0; i < job.notify.size(); ++i) {
        if (job.notify[i].program.is_set()) {
            use(job.notify[i].program, item("notify", i));
        }
    }
}

template <class Use>
void for_each_url(const Job& job, const Use& use)
{
    for (std::size_t i = 0; i < job.notify.size(); ++i) {
        if (const auto& webhook = job.notify[i].webhook) {
            const auto part = item("notify", i) + ".webhook";
            use(webhook->ping, part);
            use(webhook->start, part + ".start");
            use(webhook->success, part + ".success");
            use(webhook->fail, part + ".fail");
        }
    }
}

/// The value of "url" in an object, if it has one.
void mask_url(proto::Json& object)
{
    if (!object.is_object() || !object.contains("url") || !object["url"].is_string()) {
        return;
    }
    const auto url = object["url"].get<std::string>();
    const auto host = url.find("://");
    const auto begin = host == std::string::npos ? 0 : host + 3;
    const auto end = url.find_first_of("/?#", begin);
    // A password stands before an '@' of the host.
    const auto at = url.substr(begin, end == std::string::npos ? end : end - begin).rfind('@');
    const auto shown = at == std::string::npos ? begin : begin + at + 1;
    object["url"] = url.substr(0, begin) +
                    url.substr(shown, end == std::string::npos ? end : end - shown) +
                    (end == std::string::npos ? "" : "/...");
}

}  // namespace

std::span<const proto::Choice> choices_of(PingMethod) noexcept
{
    return methods;
}
std::span<const proto::Choice> choices_of(NoticeWhen) noexcept
{
    return whens;
}

std::chrono::milliseconds HookCommand::time_max() const
{
    if (time_limit.empty()) {
        return usual_time_max;
    }
    const std::chrono::seconds span{seconds_from(time_limit, "time_limit")};
    constexpr std::chrono::hours most{24 * 365};
    if (span <= std::chrono::seconds{0} || span > most) {
        throw Error{Error::Kind::invalid, "a time limit is between a second and a year",
                    "time_limit", "for example \"10min\""};
    }
    return span;
}

void HookCommand::describe(proto::Fields& fields)
{
    fields.member({.name = "command",
                   .about = "program and arguments, in the instance of a user. No shell reads it",
                   .max = words_max},
                  command);
    fields.member({"name", "in the system's instance, of a program in /etc/duplid/hooks, which is "
                           "run as duplid-hook@NAME.service"},
                  name);
    fields.member({"time_limit", "it is ended when it takes longer; default: \"10min\""},
                  time_limit);
}

bool Hooks::concern(std::string_view task) const noexcept
{
    if (before.empty() && after.empty() && failed.empty() && finally.empty()) {
        return false;
    }
    return tasks.empty() ? task == "backup" : std::ranges::find(tasks, task) != tasks.end();
}

void Hooks::describe(proto::Fields& fields)
{
    fields.member({.name = "before",
                   .about = "one that fails ends the run before it has written anything",
                   .max = hooks_max},
                  before);
    fields.member(
        {.name = "after", .about = "when a run ended well, or with warnings", .max = hooks_max},
        after);
    fields.member({.name = "failed", .about = "when a run failed", .max = hooks_max}, failed);
    fields.member({.name = "finally",
                   .about = "when a run that had begun is over, however it ended",
                   .max = hooks_max},
                  finally);
    fields.member({.name = "tasks",
                   .about = "around which runs of the job: backup, removal, verify, check; "
                            "default: only backup",
                   .max = task_words.size()},
                  tasks);
}

void WebhookUrl::describe(proto::Fields& fields)
{
    fields.member({"url", "https://..., where it is no secret"}, url);
    secret.describe(fields);
}

void Webhook::describe(proto::Fields& fields)
{
    // Of a service in the manner of healthchecks.io: called on success; /start and /fail below it.
    ping.describe(fields);
    fields.member({"start", "called when a backup begins; default: /start below the URL"}, start);
    fields.member({"success", "when one ended well; default: the URL itself"}, success);
    fields.member({"fail", "when a run failed, or the job is stale; default: /fail below the URL"},
                  fail);
    fields.member({"method", "of HTTP; default: post, with what happened as text"}, method);
}

void Notice::describe(proto::Fields& fields)
{
    fields.member({"when", "never; stale: the last good backup is too old, or there is one again; "
                           "failures: that, and runs that failed; always: that, and all others. "
                           "Default: always with a webhook, else failures"},
                  when);
    program.describe(fields);
    fields.member({"webhook", "a URL of a web service that is called: \"url\", or where the URL is "
                              "when it is a secret"},
                  webhook);
    fields.member({"journal", "a line in the daemon's log"}, journal);
}

std::vector<Notice> notices_of(const Job& job)
{
    if (!job.notify.empty()) {
        return job.notify;
    }
    Notice usual;
    usual.journal = true;
    return {usual};
}

void check_hooks(const Job& job)
{
    check_commands(job.hooks.before, "hooks.before");
    check_commands(job.hooks.after, "hooks.after");
    check_commands(job.hooks.failed, "hooks.failed");
    check_commands(job.hooks.finally, "hooks.finally");
    for (const auto& task : job.hooks.tasks) {
        if (std::ranges::find(task_words, task) == task_words.end()) {
            refuse("there is no task \"" + task + "\"", "hooks.tasks",
                   "backup, removal, verify or check");
        }
    }
    for (std::size_t i = 0; i < job.notify.size(); ++i) {
        const auto& notice = job.notify[i];
        const auto part = item("notify", i);
        if (notice.program.is_set() || !notice.program.time_limit.empty()) {
            check_command(notice.program, part);
        }
        if (notice.webhook) {
            check_webhook(*notice.webhook, notice.wanted(), part + ".webhook");
        }
        if (notice.wanted() != NoticeWhen::never && !notice.program.is_set() && !notice.webhook &&
            !notice.journal) {
            refuse("nothing says how to tell it", part,
                   "say one of command, name, webhook and journal");
        }
    }
}

void check_hooks_fit(const Job& job, bool takes_names)
{
    for_each_command(job, [takes_names](const HookCommand& hook, const std::string& part) {
        if (takes_names && !hook.command.empty()) {
            refuse("the system's daemon executes no programs of jobs", part + ".command",
                   "put the program into /etc/duplid/hooks, and say its \"name\"");
        }
        if (!takes_names && !hook.name.empty()) {
            refuse("names are for the system's daemon", part + ".name",
                   "say \"command\", with the program's path");
        }
    });
    for_each_url(job, [takes_names](const WebhookUrl& url, const std::string& part) {
        if (takes_names && !url.secret.command.empty()) {
            refuse("the system's daemon executes no programs of jobs", part + ".command",
                   "put the program into /etc/duplid/commands, and name it in \"program\"");
        }
        if (!takes_names && !url.secret.program.empty()) {
            refuse("names are for the system's daemon", part + ".program",
                   "say \"command\", with the program's path");
        }
        if (takes_names && !url.secret.keyring.empty()) {
            refuse("the system's daemon has no desktop, and no key ring", part + ".keyring",
                   "say \"file\" or \"credential\"");
        }
    });
}

std::vector<std::string> webhook_environment_names(const Job& job)
{
    std::vector<std::string> names;
    for_each_url(job, [&names](const WebhookUrl& url, const std::string&) {
        if (!url.secret.env.empty()) {
            names.push_back(url.secret.env);
        }
    });
    return names;
}

void mask_webhooks(proto::Json& settings)
{
    const auto notify = settings.find("notify");
    if (notify == settings.end() || !notify->is_array()) {
        return;
    }
    for (auto& notice : *notify) {
        if (!notice.is_object() || !notice.contains("webhook")) {
            continue;
        }
        auto& webhook = notice["webhook"];
        mask_url(webhook);
        for (const auto* const member : {"start", "success", "fail"}) {
            if (webhook.is_object() && webhook.contains(member)) {
                mask_url(webhook[member]);
            }
        }
    }
}

}  // namespace duplid::jobs
