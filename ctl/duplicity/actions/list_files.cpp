// list-current-files: what a backup holds.
//
// Texts and records: command-line.md 4.8 and 5.3.
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/collection.hpp"
#include "ctl/duplicity/texts.hpp"
#include "ctl/process/failure.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

namespace duplid::duplicity {

namespace {

std::string type_word(const std::string& letter)
{
    struct Word {
        std::string_view letter;
        const char* word;
    };
    constexpr std::array words{Word{"f", "reg"},  Word{"d", "dir"}, Word{"l", "sym"},
                               Word{"p", "fifo"}, Word{"c", "chr"}, Word{"b", "blk"}};
    const auto* const found = std::ranges::find(words, letter, &Word::letter);
    return found == words.end() ? "reg" : found->word;
}

void tell_entry(Context& context, const proto::FileEntry& entry)
{
    context.reporter.tell({.level = level::info,
                           .code = static_cast<int>(InfoCode::file_list),
                           .words = {stamp(entry.mtime, context.invocation),
                                     duplicity::quoted(entry.path), type_word(entry.type)},
                           .payload = {},
                           .text = fmt::format("{} {}", date_text(entry.mtime), entry.path),
                           .forced = true});
}

/// A time before all backups means the oldest one.
std::optional<std::int64_t> time_to_list(Context& context,
                                         const proto::CollectionStatusReply& before)
{
    const auto& time = context.invocation.time;
    const auto oldest = before.chains.front().sets.front().set.time;
    if (!time || *time >= oldest) {
        return time;
    }
    context.reporter.warning(
        WarningCode::no_sig_for_time,
        fmt::format("No signature chain for the requested time. Using oldest available chain, "
                    "starting at time {}.",
                    date_text(oldest)),
        {stamp(oldest, context.invocation)});
    return oldest;
}

/// The reference restores from such a set; what is listed here must not promise that.
void tell_unfinished(Context& context, const proto::CollectionStatusReply& before)
{
    if (!has_whole_set(before)) {
        context.reporter.notice(
            "This backup was interrupted. The next one goes on with it; nothing "
            "of it can be restored before.");
    }
}

void ask_files(Context& context, const proto::ListFilesParams& params)
{
    static_cast<void>(context.session.call_json(
        proto::methods::list_current_files.name, proto::write_message(params),
        secret_members(context), [&](const proto::Notification& notification) {
            if (notification.method != proto::files_notification) {
                return;
            }
            const auto part = proto::read_message<proto::FilesNotification>(
                notification.params, proto::Strictness::reply);
            for (const auto& entry : part.files) {
                tell_entry(context, entry);
            }
        }));
}

}  // namespace

int list_current_files(Context& context, const proto::CollectionStatusReply& before)
{
    if (before.chains.empty()) {
        throw exception_error("CollectionsError", "No backup chains found");
    }
    proto::ListFilesParams params;
    params.archive = question_archive_params(context);
    params.time = time_to_list(context, before);
    params.unfinished = true;
    tell_unfinished(context, before);
    try {
        ask_files(context, params);
    } catch (const ctl::Failure& failure) {
        // Signatures that only the target has, encrypted: mostly the cache had been filled before.
        const bool wants_secret = failure.error().kind == proto::ErrorKind::wrong_secret;
        if (!wants_secret || context.passphrases.secrets().passphrase.is_set()) {
            throw;
        }
        context.passphrases.complete_for_reading(context.invocation);
        ask_files(context, params);
    }
    return 0;
}

}  // namespace duplid::duplicity
