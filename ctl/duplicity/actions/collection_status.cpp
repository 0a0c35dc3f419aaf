// collection-status, and the two questions about changed files that are options of it.
//
// Texts: command-line.md 5.2. These tables have no payload in the machine log (4.6).
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/collection.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/show/changes.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <fmt/format.h>
#include <iterator>

namespace duplid::duplicity {

namespace {

struct Changes {
    std::vector<proto::ChangeEntry> entries;
    proto::ChangesReply reply;
};

template <class Params>
Changes ask_changes(Context& context, const proto::Method<Params, proto::ChangesReply>& method,
                    const Params& params)
{
    Changes changes;
    const auto json = context.session.call_json(
        method.name, proto::write_message(params), secret_members(context),
        [&](const proto::Notification& notification) {
            if (notification.method == proto::changes_notification) {
                auto part = proto::read_message<proto::ChangesNotification>(
                    notification.params, proto::Strictness::reply);
                std::ranges::move(part.changes, std::back_inserter(changes.entries));
            }
        });
    changes.reply = proto::read_message<proto::ChangesReply>(json, proto::Strictness::reply);
    return changes;
}

void tell_table(Context& context, std::string text)
{
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    context.reporter.tell({.level = level::collection_status,
                           .code = static_cast<int>(InfoCode::collection_status),
                           .words = {},
                           .payload = {},
                           .text = std::move(text),
                           .forced = true});
}

void tell_file_changes(Context& context, const std::string& path,
                       const proto::CollectionStatusReply& before)
{
    proto::FileChangedParams params;
    params.archive = question_archive_params(context);
    params.path = path;
    // Paths are relative to the source: nothing begins with a slash. An interrupted set has no list
    // of changes yet.
    const auto changes = path.starts_with('/') || !has_whole_set(before)
                             ? Changes{}
                             : ask_changes(context, proto::methods::file_changed, params);
    tell_table(context, show::file_changes(path, changes.entries));
}

/// `number` counts back from `newest`, the newest set of all.
void tell_set_changes(Context& context, std::int64_t number, const proto::SetStatus& newest)
{
    if (newest.resumable) {
        if (number == 0) {
            tell_table(context, show::set_changes(newest.set, {}));
            return;
        }
        --number;  // the daemon does not count a set that was interrupted
    }
    proto::ChangesInSetParams params;
    params.archive = question_archive_params(context);
    params.number = static_cast<std::uint64_t>(number);
    const auto changes = ask_changes(context, proto::methods::changes_in_set, params);
    tell_table(context,
               show::set_changes(changes.reply.set.value_or(proto::SetName{}), changes.entries));
}

}  // namespace

int show_collection_status(Context& context, const proto::CollectionStatusReply& before)
{
    const auto& invocation = context.invocation;
    const bool asks_for_changes = invocation.file_changed || invocation.changes_in_set;
    if (asks_for_changes && before.chains.empty()) {
        tell_table(context, {});  // a record without a word, as the reference has it
    } else if (invocation.file_changed) {
        tell_file_changes(context, *invocation.file_changed, before);
    } else if (invocation.changes_in_set) {
        std::size_t sets = 0;
        for (const auto& chain : before.chains) {
            sets += chain.sets.size();
        }
        if (static_cast<std::uint64_t>(*invocation.changes_in_set) >= sets) {
            throw command_line_error(fmt::format(
                "--show-changes-in-set {}: there {} {} set{}", *invocation.changes_in_set,
                sets == 1 ? "is" : "are", sets, sets == 1 ? "" : "s"));
        }
        tell_set_changes(context, *invocation.changes_in_set, before.chains.back().sets.back());
    } else {
        tell_collection(context, before, true);
    }
    return 0;
}

}  // namespace duplid::duplicity
