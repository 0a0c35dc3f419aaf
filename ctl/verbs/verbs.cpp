#include "ctl/verbs/verbs.hpp"

#include "ctl/generate/generate.hpp"
#include "ctl/link/instance.hpp"
#include "ctl/link/proxy.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/requests/file_requests.hpp"
#include "ctl/requests/request.hpp"
#include "ctl/runs/archive_session.hpp"
#include "ctl/runs/follow_run.hpp"
#include "ctl/runs/job_archive.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/secrets/secrets.hpp"
#include "ctl/setup/init.hpp"
#include "ctl/show/collection.hpp"
#include "ctl/show/pager.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/verbs/completion.hpp"
#include "ctl/verbs/file_verbs.hpp"
#include "ctl/verbs/job_verbs.hpp"
#include "ctl/verbs/overview_verbs.hpp"
#include "ctl/verbs/removal_verbs.hpp"
#include "ctl/verbs/replica_verbs.hpp"
#include "ctl/verbs/run_verbs.hpp"
#include "ctl/verbs/secret_verbs.hpp"
#include "ctl/verbs/watch_verb.hpp"
#include "ctl/words/json_documents.hpp"
#include "proto/methods.hpp"

#include <fmt/format.h>
#include <optional>
#include <string>
#include <unistd.h>

namespace duplid::ctl {

namespace {

int backup(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    auto params = backup_params(line, surroundings());
    auto secrets = secrets_for(params.archive, interrupts);
    complete_for_backup(secrets, params, interrupts);
    auto chosen = open_archive_instance(line, look, interrupts, params.archive);
    auto& session = *chosen.session;
    const auto done =
        run_and_follow(proto::methods::backup, params, secrets, session, look, output);
    return done ? show_end(*done, session, look, output) : 0;
}

bool wants_secret(const proto::DoneEvent& done)
{
    return done.error && done.error->kind == proto::ErrorKind::wrong_secret;
}

/// Runs that read an archive (restore, verify, check, sync): the passphrase is asked for when the
/// run turns out to need it.
template <class Params>
int read_archive(const proto::Method<Params, proto::RunReply>& method, Params params,
                 const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    auto secrets = secrets_for(params.archive, interrupts);
    auto chosen = open_archive_instance(line, look, interrupts, params.archive);
    auto& session = *chosen.session;
    while (true) {
        const auto done = run_and_follow(method, params, secrets, session, look, output);
        if (!done) {
            return 0;
        }
        // Only the archive knows whether it is encrypted, and whether a key opens it.
        if (!wants_secret(*done) || !ask_for_reading(secrets, params.archive, interrupts)) {
            return show_end(*done, session, look, output);
        }
    }
}

int collection_status(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    if (line.has(OptionId::file_changed) || line.has(OptionId::show_changes_in_set)) {
        return changes(line, output, interrupts);
    }
    const auto look = look_of(line);
    auto params = collection_status_params(line, surroundings());
    // Without passphrases: names tell enough.
    const auto secrets = secrets_for(params.archive, interrupts);
    auto chosen = open_archive_instance(line, look, interrupts, params.archive);
    proto::CollectionStatusReply parts;
    bool in_parts = false;
    const auto json = chosen.session->call_json(
        proto::methods::collection_status.name, proto::write_message(params),
        variables_of(secrets, params.archive), [&](const proto::Notification& notification) {
            if (notification.method == proto::collection_notification) {
                in_parts = true;
                add_part(parts, proto::read_message<proto::CollectionNotification>(
                                    notification.params, proto::Strictness::reply));
            }
        });
    auto reply = proto::read_message<proto::CollectionStatusReply>(json, proto::Strictness::reply);
    if (in_parts) {
        reply.chains = std::move(parts.chains);
        reply.orphaned = std::move(parts.orphaned);
        reply.incomplete = std::move(parts.incomplete);
    }
    if (look.json) {
        output.json(in_parts ? proto::write_message(reply) : json);
    } else {
        output.text(show::collection_status(reply));
    }
    return 0;
}

/// Verbs that ask one question and print the answer.
template <class Params, class Reply, class Print>
int question(const CommandLine& line, Output& output, Interrupts& interrupts,
             const proto::Method<Params, Reply>& method, const Params& params, const Print& print)
{
    const auto look = look_of(line);
    auto chosen = open_resident_instance(line, look, interrupts);
    const auto json = chosen.session->call_json(method.name, proto::write_message(params));
    if (look.json) {
        output.json(json);
    } else {
        page(print(proto::read_message<Reply>(json, proto::Strictness::reply)), look, output);
    }
    return 0;
}

int run_list(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return question(line, output, interrupts, proto::methods::run_list, proto::RunListParams{},
                    [](const proto::RunListReply& reply) { return show::run_table(reply.runs); });
}

int run_show(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    proto::RunShowParams params;
    params.run = run_number(line.positionals.at(0));
    return question(line, output, interrupts, proto::methods::run_show, params, show::run_details);
}

int api(const CommandLine& line, Output& output)
{
    if (!line.has(OptionId::schema)) {
        throw usage_failure("say what to print", {}, "duplictl api --schema");
    }
    constexpr int indent = 2;
    auto schema = proto::api_schema();
    schema["client"] = json_documents();
    output.text(schema.dump(indent) + "\n");
    return 0;
}

int proxy(const CommandLine& line, Interrupts& interrupts)
{
    const auto socket = resident_socket(line);
    copy_both_ways(STDIN_FILENO, STDOUT_FILENO, socket.get(), interrupts);
    return 0;
}

int print_generated(const CommandLine& line, Output& output)
{
    const auto& format = line.positionals.at(0);
    if (format == "man") {
        output.text(generate::manual_page());
    } else if (format == "bash") {
        output.text(generate::bash_completion());
    } else if (format == "zsh") {
        output.text(generate::zsh_completion());
    } else if (format == "fish") {
        output.text(generate::fish_completion());
    } else {
        throw usage_failure("there is man, bash, zsh and fish to be generated", format);
    }
    return 0;
}

}  // namespace

int execute(const CommandLine& given, Output& output)
{
    switch (given.verb) {
    case VerbId::api:
        return api(given, output);
    case VerbId::generate:
        return print_generated(given, output);
    case VerbId::complete:
        return complete(given, output);
    case VerbId::version:
        output.text("duplictl " DUPLID_VERSION "\n");
        return 0;
    default:
        break;
    }
    Interrupts interrupts;
    const auto line = with_job(given, interrupts);
    switch (line.verb) {
    case VerbId::backup:
    case VerbId::full:
    case VerbId::incremental:
        return backup(line, output, interrupts);
    case VerbId::restore:
        return read_archive(proto::methods::restore, restore_params(line, surroundings()), line,
                            output, interrupts);
    case VerbId::verify:
        return read_archive(proto::methods::verify, verify_params(line, surroundings()), line,
                            output, interrupts);
    case VerbId::check:
        return read_archive(proto::methods::check, check_params(line, surroundings()), line, output,
                            interrupts);
    case VerbId::collection_status:
        return collection_status(line, output, interrupts);
    case VerbId::list_current_files:
        return list_current_files(line, output, interrupts);
    case VerbId::remove_older_than:
        return remove_older_than(line, output, interrupts);
    case VerbId::remove_all_but_n_full:
        return remove_all_but_n_full(line, output, interrupts);
    case VerbId::remove_all_inc_of_but_n_full:
        return remove_all_inc_of_but_n_full(line, output, interrupts);
    case VerbId::prune:
        return prune(line, output, interrupts);
    case VerbId::cleanup:
        return cleanup(line, output, interrupts);
    case VerbId::find:
        return find(line, output, interrupts);
    case VerbId::versions:
        return versions(line, output, interrupts);
    case VerbId::compare:
        return compare(line, output, interrupts);
    case VerbId::why:
        return why(line, output, interrupts);
    case VerbId::sync:
        return read_archive(proto::methods::sync, sync_params(line, surroundings()), line, output,
                            interrupts);
    case VerbId::replicate:
        return replicate(line, output, interrupts);
    case VerbId::repair:
        return repair(line, output, interrupts);
    case VerbId::status:
        return status(line, output, interrupts);
    case VerbId::watch:
        return watch(line, output, interrupts);
    case VerbId::log:
        return log(line, output, interrupts);
    case VerbId::history:
        return history(line, output, interrupts);
    case VerbId::proxy:
        return proxy(line, interrupts);
    case VerbId::run_list:
        return run_list(line, output, interrupts);
    case VerbId::run_show:
        return run_show(line, output, interrupts);
    case VerbId::run_stop:
        return run_stop(line, output, interrupts);
    case VerbId::run_pause:
        return run_pause(line, output, interrupts);
    case VerbId::run_resume:
        return run_resume(line, output, interrupts);
    case VerbId::run_limit:
        return run_limit(line, output, interrupts);
    case VerbId::job_list:
        return job_list(line, output, interrupts);
    case VerbId::job_show:
        return job_show(line, output, interrupts);
    case VerbId::job_run:
        return job_run(line, output, interrupts);
    case VerbId::job_pause:
        return job_pause(line, output, interrupts);
    case VerbId::job_resume:
        return job_resume(line, output, interrupts);
    case VerbId::job_add:
        return job_add(line, output, interrupts);
    case VerbId::job_set:
        return job_set(line, output, interrupts);
    case VerbId::job_edit:
        return job_edit(line, output, interrupts);
    case VerbId::job_remove:
        return job_remove(line, output, interrupts);
    case VerbId::secret_store:
        return secret_store(line, output, interrupts);
    case VerbId::config_check:
        return config_check(line, output, interrupts);
    case VerbId::reload:
        return reload(line, output, interrupts);
    case VerbId::init:
        return setup::init(line, output, interrupts);
    case VerbId::recovery_sheet:
        return setup::print_recovery_sheet(line, output, interrupts);
    case VerbId::metrics:
        return question(line, output, interrupts, proto::methods::metrics, proto::Nothing{},
                        [](const proto::MetricsReply& reply) { return reply.text; });
    default:
        return static_cast<int>(proto::ExitCode::usage);
    }
}

}  // namespace duplid::ctl
