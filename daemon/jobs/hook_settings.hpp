// What a job has called when something happens to it: hooks around its runs, and notices.
#pragma once

#include "daemon/jobs/secrets.hpp"
#include "proto/choice.hpp"
#include "proto/field.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::jobs {

struct Job;

/// A program. Exactly one of `command` and `name` is set.
struct HookCommand {
    std::vector<std::string> command;  ///< the program and its arguments; no shell
    std::string name;                  ///< in the system's instance: of a file in /etc/duplid/hooks
    std::string time_limit;

    [[nodiscard]] bool is_set() const noexcept { return !command.empty() || !name.empty(); }
    /// Ten minutes if nothing is said. Throws: Error invalid.
    [[nodiscard]] std::chrono::milliseconds time_max() const;
    void describe(proto::Fields& fields);
};

/// Around a job's runs.
struct Hooks {
    std::vector<HookCommand> before;   ///< one that fails ends the run before it has done anything
    std::vector<HookCommand> after;    ///< of a run that ended well, or with warnings
    std::vector<HookCommand> failed;   ///< of one that did not; not of one that was stopped
    std::vector<HookCommand> finally;  ///< of all that had begun
    std::vector<std::string> tasks;    ///< around which: backup, removal, verify, check

    /// Whether there are any around runs of this task. Nothing said: around backups.
    [[nodiscard]] bool concern(std::string_view task) const noexcept;
    void describe(proto::Fields& fields);
};

/// A URL that is called. Exactly one of `url` and the sources of a secret is set, or none.
struct WebhookUrl {
    std::string url;
    SecretSource secret;

    [[nodiscard]] bool is_set() const noexcept { return !url.empty() || secret.is_set(); }
    void describe(proto::Fields& fields);
};

enum class PingMethod { post, get };
[[nodiscard]] std::span<const proto::Choice> choices_of(PingMethod) noexcept;

struct Webhook {
    /// Of a service in the manner of healthchecks.io: success itself, /start and /fail below it.
    WebhookUrl ping;
    // Each by itself, instead of what follows from `ping`.
    WebhookUrl start;
    WebhookUrl success;
    WebhookUrl fail;
    PingMethod method = PingMethod::post;

    void describe(proto::Fields& fields);
};

/// Of what somebody is told. Each has what those before it have.
enum class NoticeWhen {
    never,
    stale,     ///< the last good backup has become too old; there is a good one again
    failures,  ///< a run failed
    always,    ///< a run began or ended in any way
};
[[nodiscard]] std::span<const proto::Choice> choices_of(NoticeWhen) noexcept;

struct Notice {
    std::optional<NoticeWhen> when;
    HookCommand program;
    std::optional<Webhook> webhook;
    bool journal = false;

    /// Nothing said: always with a webhook, whose service wants to hear of good runs; else of
    /// failures.
    [[nodiscard]] NoticeWhen wanted() const noexcept
    {
        return when.value_or(webhook ? NoticeWhen::always : NoticeWhen::failures);
    }
    void describe(proto::Fields& fields);
};

/// The job's own, or the one that stands for none: failures and age, in the journal.
[[nodiscard]] std::vector<Notice> notices_of(const Job& job);

/// Throws: Error invalid, its object the member.
void check_hooks(const Job& job);

/// Whether hooks are said in the way of this instance: as names, or as commands. Throws: as
/// check_hooks().
void check_hooks_fit(const Job& job, bool takes_names);

/// Names of variables of the daemon's environment that hold URLs.
[[nodiscard]] std::vector<std::string> webhook_environment_names(const Job& job);

/// For whoever is shown the job: URLs of webhooks in its `settings`, which often are all that
/// guards a service, as "https://host/..."
void mask_webhooks(proto::Json& settings);

}  // namespace duplid::jobs
