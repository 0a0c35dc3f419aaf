#include "daemon/operations/file_operations.hpp"

#include "daemon/archive/conversions.hpp"
#include "daemon/operations/file_conversions.hpp"
#include "daemon/questions/answering.hpp"
#include "daemon/questions/question_monitor.hpp"
#include "proto/methods.hpp"

namespace duplid::daemon {

namespace {

using FilesSender = EntrySender<proto::FilesNotification, proto::FileEntry>;
using ChangesSender = EntrySender<proto::ChangesNotification, proto::ChangeEntry>;
using VersionsSender = EntrySender<proto::VersionsNotification, proto::VersionEntry>;

std::size_t text_bytes(const operation::ListedFile& file)
{
    return file.path.size() + file.link.size();
}

std::size_t text_bytes(const operation::PathDifference& difference)
{
    return difference.path.size() + difference.error.size() +
           (difference.before ? text_bytes(*difference.before) : 0) +
           (difference.after ? text_bytes(*difference.after) : 0);
}

}  // namespace

Questions::Body plan(Workshop& workshop, proto::ListFilesParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                             open_unlocked(channel)};
            QuestionMonitor monitor{channel, id};
            FilesSender files{channel, id, proto::files_notification,
                              &proto::FilesNotification::files};
            const auto outcome = operation::list_files(
                open.archive(), request_from(params), monitor, channel.stop_token(),
                [&](const auto& file) { return files.take(to_wire(file), text_bytes(file)); });
            files.flush();
            return proto::ListFilesReply{to_wire(outcome.set), files.count(), outcome.more};
        });
    };
}

Questions::Body plan(Workshop& workshop, proto::FindParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                             open_unlocked(channel)};
            QuestionMonitor monitor{channel, id};
            FilesSender files{channel, id, proto::files_notification,
                              &proto::FilesNotification::files};
            const auto outcome = operation::find_files(
                open.archive(), request_from(params), monitor, channel.stop_token(),
                [&](const auto& file) { return files.take(to_wire(file), text_bytes(file.file)); });
            files.flush();
            return proto::FindReply{files.count(), outcome.paths, outcome.more, outcome.next,
                                    outcome.unknown_sets};
        });
    };
}

Questions::Body plan(Workshop& workshop, proto::VersionsParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                             open_unlocked(channel)};
            QuestionMonitor monitor{channel, id};
            VersionsSender versions{channel, id, proto::versions_notification,
                                    &proto::VersionsNotification::versions};
            const auto outcome = operation::versions_of(
                open.archive(), params.path, monitor, channel.stop_token(),
                [&](const auto& version) {
                    return versions.take(to_wire(version),
                                         version.file ? text_bytes(*version.file) : 0);
                });
            versions.flush();
            return proto::VersionsReply{outcome.versions, outcome.unknown_sets};
        });
    };
}

Questions::Body plan(Workshop& workshop, proto::CompareParams params, proto::Json id)
{
    if (!params.directory.empty() && params.with) {
        throw Error{Error::Kind::invalid, "a directory and a second time exclude each other",
                    "with"};
    }
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                             open_unlocked(channel)};
            QuestionMonitor monitor{channel, id};
            EntrySender differences{channel, id, proto::differences_notification,
                                    &proto::DifferencesNotification::differences};
            const auto take = [&](const operation::PathDifference& difference) {
                return differences.take(to_wire(difference), text_bytes(difference));
            };
            const auto stop = channel.stop_token();
            const auto outcome =
                params.directory.empty()
                    ? operation::compare_sets(open.archive(), {params.time, params.with}, monitor,
                                              stop, take)
                    : operation::compare_tree(open.archive(), request_from(params), monitor, stop,
                                              take);
            differences.flush();
            return to_wire(outcome);
        });
    };
}

Questions::Body plan(Workshop& workshop, proto::FileChangedParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                             open_unlocked(channel)};
            ChangesSender changes{channel, id, proto::changes_notification,
                                  &proto::ChangesNotification::changes};
            operation::changes_of_file(open.archive(), params.path, channel.stop_token(),
                                       [&](const auto& change) {
                                           return changes.take(to_wire(change), change.path.size());
                                       });
            changes.flush();
            return proto::ChangesReply{changes.count(), std::nullopt};
        });
    };
}

Questions::Body plan(Workshop& workshop, proto::ChangesInSetParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                             open_unlocked(channel)};
            ChangesSender changes{channel, id, proto::changes_notification,
                                  &proto::ChangesNotification::changes};
            const auto set = operation::changes_in_set(
                open.archive(), params.number, channel.stop_token(), [&](const auto& change) {
                    return changes.take(to_wire(change), change.path.size());
                });
            changes.flush();
            return proto::ChangesReply{changes.count(), to_wire(set)};
        });
    };
}

Questions::Body plan(Workshop& /*workshop*/, proto::WhyParams params, proto::Json id)
{
    return [params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id,
                    [&] { return to_wire(operation::why(request_from(params)), params.rules); });
    };
}

}  // namespace duplid::daemon
