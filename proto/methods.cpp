#include "proto/methods.hpp"

#include "proto/schema.hpp"

#include <array>

namespace duplid::proto {

namespace {

/// One method of the table below: what api_schema() says about it.
struct Row {
    std::string_view name;
    std::string_view about;
    Json (*params)();
    Json (*reply)();
};

template <class Params, class Reply>
constexpr Row row(const Method<Params, Reply>& method, std::string_view about)
{
    return {method.name, about, &schema_of<Params>, &schema_of<Reply>};
}

constexpr std::array rows{
    row(methods::hello, "first on every connection: agrees on a protocol number"),
    row(methods::api, "this description"),
    row(methods::lease, "promises a renewal; without it attached runs hold still"),
    row(methods::status, "the daemon and what it is doing"),
    row(methods::shutdown, "stops all runs and ends the daemon"),
    row(methods::backup, "starts a run that makes one set"),
    row(methods::restore, "starts a run that brings files back"),
    row(methods::remove_older_than, "starts a run that removes chains that ended before a time"),
    row(methods::remove_all_but_n_full, "the same, before the n-th newest full backup"),
    row(methods::remove_all_inc_of_but_n_full, "removes the increments of these chains only"),
    row(methods::prune, "starts a run that removes chains of which a policy keeps no set"),
    row(methods::cleanup, "starts a run that removes what belongs to no chain"),
    row(methods::verify, "starts a run that proves a backup and compares it with files"),
    row(methods::check, "starts a run that proves an archive, or a sample of it"),
    row(methods::replicate, "starts a run that copies sets to another target"),
    row(methods::repair, "starts a run that finds what is wrong and mends what can be mended"),
    row(methods::collection_status,
        "chains and sets of an archive; `collection` notifications precede a long answer"),
    row(methods::list_current_files,
        "what a backup holds, as `files` notifications that precede the reply"),
    row(methods::find, "files by name and metadata, as `files` notifications"),
    row(methods::versions, "what a path was in each backup, as `versions` notifications"),
    row(methods::compare, "what differs between two backups, or a backup and a directory, as "
                          "`differences` notifications"),
    row(methods::file_changed, "which sets changed a file, as `changes` notifications"),
    row(methods::changes_in_set, "which files a set changed, as `changes` notifications"),
    row(methods::why, "which selection rule decides about a path"),
    row(methods::sync, "starts a run that aligns the cache with the target"),
    row(methods::tree_delta,
        "starts a run that compares a directory with signatures of it; private "
        "instances only"),
    row(methods::tree_patch, "starts a run that applies a delta to a directory; private instances "
                             "only"),
    row(methods::job_list, "jobs and how they stand"),
    row(methods::job_show, "one job: settings, files, how its tasks stand"),
    row(methods::job_history, "how the runs of a job went, newest first"),
    row(methods::job_run, "starts a run of a job now, whatever its schedule and conditions say"),
    row(methods::job_pause, "starts no run of a job by itself for a while; one at work goes on"),
    row(methods::job_resume, "ends a pause"),
    row(methods::job_set, "writes settings of a job, or a new job, and puts them in force"),
    row(methods::job_remove, "deletes a job's files; its archive stays as it is"),
    row(methods::config_check, "what is wrong in the files of the configuration as they are now"),
    row(methods::reload, "puts the files of the configuration in force"),
    row(methods::file_system, "which disk a local path is on"),
    row(methods::metrics, "figures about jobs and runs as text of OpenMetrics"),
    row(methods::run_list, "runs, newest first"),
    row(methods::run_show, "one run"),
    row(methods::run_watch, "replays a run's events and follows it to its end"),
    row(methods::run_stop, "stops a run; what it has shipped can be resumed"),
    row(methods::run_pause, "has a run, or all of them, stand still for a while"),
    row(methods::run_resume, "ends a pause"),
    row(methods::run_limit, "how fast a run, or all of them, may use the network from now on"),
};

constexpr auto names = [] {
    std::array<std::string_view, rows.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = rows[i].name;
    }
    return all;
}();

template <class What>
Json event_schema()
{
    Event event;
    event.what.emplace<What>();
    return schema_of_members([&event](Fields& fields) { event.describe(fields); });
}

Json schema_of_errors()
{
    auto kinds = Json::array();
    for (const auto& error : error_table()) {
        kinds.push_back({{"name", error.name},
                         {"code", error.code},
                         {"exit_code", static_cast<int>(error.exit_code)},
                         {"about", error.about}});
    }
    return kinds;
}

Json schema_of_details()
{
    auto details = Json::array();
    for (const auto& detail : error_details()) {
        details.push_back(
            {{"word", detail.word}, {"about", detail.about}, {"facts", detail.facts}});
    }
    return details;
}

}  // namespace

std::span<const std::string_view> method_names() noexcept
{
    return names;
}

Json api_schema()
{
    Json schema{{"protocol", protocol_version},
                {"limits",
                 {{"line_bytes_max", line_bytes_max},
                  {"depth_max", depth_max},
                  {"lease_seconds_max", lease_seconds_max}}}};
    auto& described = schema["methods"] = Json::object();
    for (const auto& method : rows) {
        described[std::string{method.name}] = {
            {"about", method.about}, {"params", method.params()}, {"reply", method.reply()}};
    }
    schema["notifications"] = {{event_notification,
                                {{"state", event_schema<StateEvent>()},
                                 {"phase", event_schema<PhaseEvent>()},
                                 {"progress", event_schema<ProgressEvent>()},
                                 {"warning", event_schema<WarningEvent>()},
                                 {"note", event_schema<NoteEvent>()},
                                 {"lost", event_schema<LostEvent>()},
                                 {"object", event_schema<ObjectEvent>()},
                                 {"difference", event_schema<DifferenceEvent>()},
                                 {"volume", event_schema<VolumeEvent>()},
                                 {"set", event_schema<SetEvent>()},
                                 {"put_aside", event_schema<PutAsideEvent>()},
                                 {"cache", event_schema<CacheEvent>()},
                                 {"skipped", event_schema<SkippedEvent>()},
                                 {"retry", event_schema<RetryEvent>()},
                                 {"done", event_schema<DoneEvent>()}}},
                               {files_notification, schema_of<FilesNotification>()},
                               {versions_notification, schema_of<VersionsNotification>()},
                               {differences_notification, schema_of<DifferencesNotification>()},
                               {changes_notification, schema_of<ChangesNotification>()},
                               {collection_notification, schema_of<CollectionNotification>()},
                               {progress_notification, schema_of<QuestionProgress>()}};
    schema["errors"] = schema_of_errors();
    schema["error_details"] = schema_of_details();
    schema["exit_codes"] = {{"ok", ExitCode::ok},
                            {"failed", ExitCode::failed},
                            {"usage", ExitCode::usage},
                            {"warnings", ExitCode::warnings},
                            {"not_found", ExitCode::not_found},
                            {"busy", ExitCode::busy},
                            {"wrong_passphrase", ExitCode::wrong_passphrase},
                            {"denied", ExitCode::denied},
                            {"unreachable", ExitCode::unreachable},
                            {"damaged", ExitCode::damaged},
                            {"cancelled", ExitCode::cancelled}};
    return schema;
}

}  // namespace duplid::proto
