#include "daemon/agenda/job_notices.hpp"

#include "daemon/archive/errors.hpp"
#include "daemon/hooks/webhook.hpp"
#include "daemon/jobs/hook_settings.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::daemon {

namespace {

using Event = JobNotices::Event;
using jobs::NoticeWhen;

std::string word_of(Event event)
{
    switch (event) {
    case Event::start:
        return "start";
    case Event::success:
        return "success";
    case Event::failure:
        return "failure";
    case Event::cancelled:
        return "cancelled";
    case Event::stale:
        return "stale";
    case Event::recovered:
        break;
    }
    return "recovered";
}

Event event_of(proto::RunState state)
{
    switch (state) {
    case proto::RunState::done:
    case proto::RunState::warnings:
        return Event::success;
    case proto::RunState::cancelled:
        return Event::cancelled;
    default:
        return Event::failure;
    }
}

bool is_wanted(NoticeWhen when, Event event)
{
    switch (event) {
    case Event::stale:
    case Event::recovered:
        return when >= NoticeWhen::stale;
    case Event::failure:
        return when >= NoticeWhen::failures;
    case Event::start:
    case Event::success:
    case Event::cancelled:
        break;
    }
    return when == NoticeWhen::always;
}

LogLevel level_of(Event event)
{
    switch (event) {
    case Event::failure:
        return LogLevel::error;
    case Event::stale:
        return LogLevel::warning;
    default:
        return LogLevel::info;
    }
}

LogClass class_of(Event event)
{
    switch (event) {
    case Event::success:
        return LogClass::success;
    case Event::failure:
        return LogClass::failure;
    case Event::cancelled:
        return LogClass::cancelled;
    case Event::stale:
        return LogClass::stale;
    case Event::recovered:
        return LogClass::recovered;
    case Event::start:
        break;
    }
    return LogClass::other;
}

/// All but what an entry of the journal says in a manner of its own.
std::vector<LogField> fields_of(const hooks::Facts& facts)
{
    std::vector<LogField> fields;
    for (const auto& fact : facts) {
        if (fact.name != "DUPLID_EVENT" && fact.name != "DUPLID_MESSAGE") {
            fields.push_back({fact.name, fact.value});
        }
    }
    return fields;
}

std::array<LogField, 1> field_of_job(const std::string& job)
{
    return {{{"DUPLID_JOB", job}}};
}

/// The URL to be called, and the word to be put below it.
struct Address {
    const jobs::WebhookUrl* url = nullptr;  ///< null: nobody is called
    const char* below = nullptr;
    const char* member = "";
};

Address address_or(const jobs::WebhookUrl& own, const jobs::WebhookUrl& ping, const char* member,
                   const char* below)
{
    if (own.is_set()) {
        return {&own, nullptr, member};
    }
    return ping.is_set() ? Address{&ping, below, ""} : Address{};
}

/// A service counts good backups, from their start to their end; what fails is bad news whatever
/// it was. Who hears of each good backup needs not hear of a recovery, too.
Address address_of(const jobs::Webhook& webhook, NoticeWhen when, Event event, proto::RunKind kind)
{
    const bool is_backup = kind == proto::RunKind::backup;
    switch (event) {
    case Event::start:
        return is_backup ? address_or(webhook.start, webhook.ping, ".start", "start") : Address{};
    case Event::success:
        return is_backup ? address_or(webhook.success, webhook.ping, ".success", nullptr)
                         : Address{};
    case Event::failure:
    case Event::stale:
        return address_or(webhook.fail, webhook.ping, ".fail", "fail");
    case Event::recovered:
        return when == NoticeWhen::always
                   ? Address{}
                   : address_or(webhook.success, webhook.ping, ".success", nullptr);
    case Event::cancelled:
        break;
    }
    return {};
}

io::Secret url_of(const jobs::WebhookUrl& source, const char* below, const JobToRun& what,
                  const std::stop_token& stop)
{
    const auto found = source.url.empty() ? jobs::fetch(source.secret, *what.surroundings, stop)
                                          : proto::SecretText{source.url};
    std::string url{found.reveal()};
    std::string whole = below == nullptr ? url : hooks::with_path(url, below);
    const io::Secret secret{whole};
    io::wipe(url.data(), url.size());
    io::wipe(whole.data(), whole.size());
    return secret;
}

void say_failure(const std::string& job, const std::string& part, const std::exception_ptr& thrown)
{
    const auto error = to_rpc(thrown);
    // The daemon is stopping: nobody is to blame.
    if (error.kind != proto::ErrorKind::cancelled) {
        log(LogLevel::warning, LogClass::notice_failed,
            "job " + job + ": " + part + ": " + error.cause +
                (error.hint.empty() ? "" : " (" + error.hint + ")"),
            field_of_job(job));
    }
}

/// What a service shows beside the ping.
std::string body_of(const std::string& text, const hooks::Facts& facts)
{
    auto body = text + "\n";
    for (const auto& fact : facts) {
        if (fact.name != "DUPLID_SOURCE" && fact.name != "DUPLID_TARGET") {
            body += fact.name + "=" + fact.value + "\n";
        }
    }
    return body;
}

}  // namespace

void JobNotices::began(const JobToRun& what, proto::RunKind kind, std::uint64_t run)
{
    auto facts = facts_of(*what.job);
    add_run(facts, kind, run);
    tell(what, {Event::start, kind, std::move(facts),
                "job " + what.job->name + ": " + task_word(kind) + " begins (run " +
                    std::to_string(run) + ")"});
}

void JobNotices::ended(const JobToRun& what, const proto::RunShowReply& run, unsigned failures)
{
    const auto& summary = run.run;
    auto facts = facts_of(*what.job);
    add_run(facts, summary.kind, summary.run);
    add_ending(facts, {summary.state, summary.error, summary.warnings, run.backup});
    facts.push_back({"DUPLID_FAILURES", std::to_string(failures)});
    auto text = "job " + what.job->name + ": " + task_word(summary.kind) + ": " +
                result_word(summary.state) + " (run " + std::to_string(summary.run) + ")";
    if (summary.error) {
        text += ": " + summary.error->cause;
    }
    tell(what, {event_of(summary.state), summary.kind, std::move(facts), std::move(text)});
}

void JobNotices::stale(const JobToRun& what, std::int64_t since,
                       const std::optional<std::int64_t>& last_success)
{
    auto facts = facts_of(*what.job);
    facts.push_back({"DUPLID_STALE_SINCE", std::to_string(since)});
    if (last_success) {
        facts.push_back({"DUPLID_LAST_SUCCESS", std::to_string(*last_success)});
    }
    tell(what, {Event::stale, proto::RunKind::backup, std::move(facts),
                "job " + what.job->name + ": its last good backup is too old"});
}

void JobNotices::recovered(const JobToRun& what)
{
    tell(what, {Event::recovered, proto::RunKind::backup, facts_of(*what.job),
                "job " + what.job->name + ": its last good backup is no longer too old"});
}

void JobNotices::tell(const JobToRun& what, Message message)
{
    message.facts.push_back({"DUPLID_EVENT", word_of(message.event)});
    message.facts.push_back({"DUPLID_MESSAGE", message.text});
    const auto notices = jobs::notices_of(*what.job);
    for (std::size_t i = 0; i < notices.size(); ++i) {
        const auto& notice = notices[i];
        if (!is_wanted(notice.wanted(), message.event)) {
            continue;
        }
        const auto part = "notify[" + std::to_string(i) + "]";
        if (notice.journal && message.event != Event::start) {
            log(level_of(message.event), class_of(message.event), message.text,
                fields_of(message.facts));
        }
        if (notice.program.is_set() && message.event != Event::start) {
            tell_program(what, notice, part, message);
        }
        if (notice.webhook) {
            tell_service(what, notice, part + ".webhook", message);
        }
    }
}

void JobNotices::tell_program(const JobToRun& what, const jobs::Notice& notice,
                              const std::string& part, const Message& message)
{
    hooks::Call call;
    call.words = notice.program.command;
    call.name = notice.program.name;
    call.time_max = notice.program.time_max();
    call.facts = message.facts;
    call.facts.push_back({"DUPLID_HOOK", "notify"});
    const auto& job = what.job->name;
    const auto title = "job " + job + ": " + part + ": ";
    call.tell = [title, job](std::string_view line) {
        log(LogLevel::info, LogClass::notice_output, title + std::string{line}, field_of_job(job));
    };
    post(job, part,
         [&runner = *workshop_.hook_runner, call = std::move(call), job,
          part](const std::stop_token& stop) noexcept {
             try {
                 hooks::StopGrace none{stop, std::chrono::milliseconds{0}};
                 if (const auto status = runner.run(call, none); status != 0) {
                     throw Error{Error::Kind::denied,
                                 "it ended with status " + std::to_string(status), call.title()};
                 }
             } catch (...) {
                 say_failure(job, part, std::current_exception());
             }
         });
}

void JobNotices::tell_service(const JobToRun& what, const jobs::Notice& notice,
                              const std::string& part, const Message& message)
{
    const auto address = address_of(*notice.webhook, notice.wanted(), message.event, message.kind);
    if (address.url == nullptr) {
        return;
    }
    // Where the settings have it; shared, since settings may be read anew meanwhile.
    const auto member = part + address.member;
    post(what.job->name, part,
         [what, source = *address.url, below = address.below, member,
          is_post = notice.webhook->method == jobs::PingMethod::post,
          body = body_of(message.text, message.facts)](const std::stop_token& stop) noexcept {
             try {
                 const hooks::Ping ping{url_of(source, below, what, stop), is_post, body, member};
                 hooks::send_ping(ping, {}, stop);
             } catch (...) {
                 say_failure(what.job->name, member, std::current_exception());
             }
         });
}

void JobNotices::post(const std::string& job, const std::string& part, hooks::Deliveries::Task task)
{
    if (!deliveries_.post(job + " " + part, std::move(task))) {
        log(LogLevel::warning, LogClass::notice_failed,
            "job " + job + ": " + part + ": too much waits to be told already; this is left out",
            field_of_job(job));
    }
}

}  // namespace duplid::daemon
