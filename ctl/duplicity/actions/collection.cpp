#include "ctl/duplicity/actions/collection.hpp"

#include "ctl/duplicity/texts.hpp"
#include "ctl/show/collection.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace duplid::duplicity {

namespace {

using proto::CollectionStatusReply;

/// Puts interrupted sets that can be gone on with at the end of their chains.
void count_resumable_sets(CollectionStatusReply& found)
{
    std::vector<proto::SetStatus> others;
    for (auto& set : found.incomplete) {
        if (!set.resumable) {
            others.push_back(std::move(set));
            continue;
        }
        if (set.set.type == proto::SetType::full) {
            found.primary = found.chains.size();
            found.chains.push_back({.sets = {std::move(set)}, .has_signatures = true});
            continue;
        }
        const auto chain = std::ranges::find_if(found.chains, [&](const proto::ChainStatus& one) {
            return one.sets.back().set.time == set.set.start;
        });
        if (chain == found.chains.end()) {
            others.push_back(std::move(set));
        } else {
            chain->sets.push_back(std::move(set));
        }
    }
    found.incomplete = std::move(others);
}

void warn_of_signatures(Context& context, std::string_view place,
                        const std::vector<std::string>& names)
{
    if (!names.empty()) {
        context.reporter.warning(
            WarningCode::orphaned_sig,
            fmt::format("Warning, found the following {} orphaned signature file{}:\n{}", place,
                        names.size() == 1 ? "" : "s", fmt::join(names, "\n")));
    }
}

void warn_of_orphans(Context& context, const CollectionStatusReply& found)
{
    std::vector<std::string> lines;
    for (const auto& set : found.orphaned) {
        lines.push_back(fmt::format("[{}]", fmt::join(set.files, ", ")));
    }
    if (!lines.empty()) {
        context.reporter.warning(
            WarningCode::orphaned_backup,
            fmt::format("Warning, found the following orphaned backup file{}:\n{}",
                        lines.size() == 1 ? "" : "s", fmt::join(lines, "\n")));
    }
}

void add_chain(std::vector<std::string>& payload, std::string heading,
               const proto::ChainStatus& chain, const Invocation& invocation)
{
    payload.push_back(std::move(heading));
    for (const auto& set : chain.sets) {
        payload.push_back(fmt::format(
            " {} {} {} {}", set.set.type == proto::SetType::full ? "full" : "inc",
            stamp(set.set.time, invocation), set.volumes, set.encrypted ? "enc" : "noenc"));
    }
}

std::vector<std::string> payload_of(const CollectionStatusReply& found,
                                    const Invocation& invocation)
{
    std::vector<std::string> lines{"backend " +
                                       invocation.target.substr(0, invocation.target.find(':')),
                                   "archive-dir " + duplicity::quoted(found.archive_directory)};
    std::size_t secondary = 0;
    for (std::size_t i = 0; i < found.chains.size(); ++i) {
        if (i != found.primary) {
            add_chain(lines, fmt::format("chain-no-sig {}", secondary++), found.chains[i],
                      invocation);
        }
    }
    if (found.primary && *found.primary < found.chains.size()) {
        add_chain(lines, "chain-complete", found.chains[*found.primary], invocation);
    }
    lines.push_back(fmt::format("orphaned-sets-num {}", found.orphaned.size()));
    lines.push_back(fmt::format("incomplete-sets-num {}", found.incomplete.size()));
    return lines;
}

}  // namespace

CollectionStatusReply ask_collection(Context& context)
{
    proto::CollectionStatusParams params;
    params.archive = question_archive_params(context);
    params.undisturbed = true;
    CollectionStatusReply parts;
    const auto json = context.session.call_json(
        proto::methods::collection_status.name, proto::write_message(params),
        variable_members(context), [&](const proto::Notification& notification) {
            if (notification.method == proto::collection_notification) {
                add_part(parts, proto::read_message<proto::CollectionNotification>(
                                    notification.params, proto::Strictness::reply));
            }
        });
    auto found = proto::read_message<CollectionStatusReply>(json, proto::Strictness::reply);
    if (found.chains.empty() && found.orphaned.empty() && found.incomplete.empty()) {
        found.chains = std::move(parts.chains);
        found.orphaned = std::move(parts.orphaned);
        found.incomplete = std::move(parts.incomplete);
    }
    count_resumable_sets(found);
    return found;
}

bool has_whole_set(const CollectionStatusReply& found) noexcept
{
    // Only the last set of a chain can be an interrupted one.
    return std::ranges::any_of(found.chains,
                               [](const auto& chain) { return !chain.sets.front().resumable; });
}

std::optional<std::int64_t> last_full_time(const CollectionStatusReply& found) noexcept
{
    std::optional<std::int64_t> time;
    for (const auto& chain : found.chains) {
        const auto full = chain.sets.front().set.time;
        time = std::max(time.value_or(full), full);
    }
    return time;
}

void tell_chains(Context& context, const CollectionStatusReply& found)
{
    for (const auto& chain : found.chains) {
        for (const auto& set : chain.sets) {
            if (set.set.start) {
                context.reporter.info(
                    fmt::format("Added incremental Backupset (start_time: {} / end_time: {})",
                                date_text(*set.set.start), date_text(set.set.time)));
            }
        }
    }
}

void warn_of_leftovers(Context& context, const CollectionStatusReply& found)
{
    // What is in the cache of a replica's target is no business of the replica.
    if (context.invocation.action == Action::replicate) {
        return;
    }
    warn_of_signatures(context, "local", found.cached_orphaned_signatures);
    warn_of_signatures(context, "remote", found.orphaned_signatures);
    if (found.signature_chains > 0 && !found.primary) {
        context.reporter.warning(WarningCode::unmatched_sig,
                                 "Warning, found signatures but no corresponding backup files");
    }
    if (!found.incomplete.empty()) {
        context.reporter.warning(WarningCode::incomplete_backup,
                                 "Warning, found incomplete backup sets, probably left from "
                                 "aborted session");
    }
    warn_of_orphans(context, found);
}

void tell_collection(Context& context, const CollectionStatusReply& found, bool forced)
{
    auto text = fmt::format("Collection Status\n-----------------\n"
                            "Connecting with backend: BackendWrapper\nArchive dir: {}\n\n{}",
                            found.archive_directory, show::collection_chains(found));
    text.pop_back();
    context.reporter.tell({.level = level::collection_status,
                           .code = static_cast<int>(InfoCode::collection_status),
                           .words = {},
                           .payload = payload_of(found, context.invocation),
                           .text = std::move(text),
                           .forced = forced});
}

std::string without_password(const std::string& text)
{
    // An option may stand in front, as in "--rename=ftp://...": looked for is the scheme's end.
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string::npos) {
        return text;
    }
    const auto user = scheme_end + 3;
    const auto host_end = std::min(text.find('/', user), text.size());
    const auto at = text.substr(0, host_end).rfind('@');
    const auto colon = text.find(':', user);
    if (at == std::string::npos || at < user || colon >= at) {
        return text;
    }
    return text.substr(0, colon + 1) + "*****" + text.substr(at);
}

}  // namespace duplid::duplicity
