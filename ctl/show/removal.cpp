#include "ctl/show/removal.hpp"

#include "ctl/show/report.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace duplid::show {

namespace {

using proto::ChainFate;
using proto::KeepRule;
using proto::RemovalCause;

std::string amount(std::uint64_t files, std::uint64_t bytes)
{
    return fmt::format("{}, {}", counted(files, "file"), ctl::size_in_words(bytes));
}

std::string span_of(const proto::JudgedChain& chain)
{
    auto text = ctl::local_time_text(chain.first.time);
    if (chain.sets > 1) {
        text += " to " + ctl::local_time_text(chain.last.time);
    }
    return fmt::format("{}, {}", text, counted(chain.sets, "set"));
}

std::string in_words(const proto::KeepReason& reason)
{
    const auto picked = [&reason](std::string_view rule) {
        return fmt::format("{} ({})", rule, counted(reason.sets, "set"));
    };
    switch (reason.rule) {
    case KeepRule::last:
        return picked("last");
    case KeepRule::hourly:
        return picked("hourly");
    case KeepRule::daily:
        return picked("daily");
    case KeepRule::weekly:
        return picked("weekly");
    case KeepRule::monthly:
        return picked("monthly");
    case KeepRule::yearly:
        return picked("yearly");
    case KeepRule::within:
        return picked("within the span");
    case KeepRule::newer:
        return "new enough";
    case KeepRule::no_increments:
        return "has no increments";
    case KeepRule::newest_chain:
        return "the newest chain";
    case KeepRule::last_good_chain:
        return "the newest chain that lacks no volume";
    case KeepRule::future:
        return "dated in the future";
    case KeepRule::other:
        break;
    }
    return "kept by a rule that this program does not know";
}

std::string_view in_words(RemovalCause cause)
{
    switch (cause) {
    case RemovalCause::left_over:
        return "left by an earlier removal";
    case RemovalCause::orphaned:
        return "without a chain";
    case RemovalCause::replaced:
        return "replaced by a later set";
    case RemovalCause::incomplete:
        return "incomplete";
    case RemovalCause::partial:
        return "interrupted, and could be continued";
    case RemovalCause::signatures:
        return "signatures without a set";
    case RemovalCause::duplicates:
        return "second copies of files";
    case RemovalCause::old_signatures:
        return "signatures of an old chain";
    case RemovalCause::chain:
    case RemovalCause::other:
        break;
    }
    return "of no use";
}

std::string chains_that(ChainFate fate, std::string_view title, const proto::RemovalReport& report)
{
    std::string lines;
    std::uint64_t count = 0;
    for (const auto& chain : report.chains) {
        if (chain.fate == fate) {
            ++count;
            lines += fmt::format("  {}: {}\n", span_of(chain), amount(chain.files, chain.bytes));
        }
    }
    return count == 0 ? "" : fmt::format("{} {}:\n{}", title, counted(count, "chain"), lines);
}

std::string chains_that_stay(const proto::RemovalReport& report)
{
    std::string lines;
    for (const auto& chain : report.chains) {
        if (chain.fate != ChainFate::stays) {
            continue;
        }
        std::string reasons;
        for (const auto& reason : chain.reasons) {
            reasons += (reasons.empty() ? "" : ", ") + in_words(reason);
        }
        lines += fmt::format("  {}: {}\n", span_of(chain), reasons);
        if (chain.goes_after_full) {
            lines += "    would be removed once there is another full backup\n";
        }
        if (chain.files > 0) {
            lines +=
                fmt::format("    has leftovers that go: {}\n", amount(chain.files, chain.bytes));
        }
    }
    return lines.empty() ? "" : "What stays:\n" + lines;
}

/// Parts that belong to no chain, with the names of their files as far as these were sent.
std::string other_parts(std::string_view title, const proto::RemovalReport& report)
{
    std::string text;
    std::size_t first = 0;
    for (const auto& part : report.parts) {
        const auto end = std::min<std::size_t>(first + part.files, report.files.size());
        if (part.cause != RemovalCause::chain) {
            text += fmt::format("{} {} ({}): {}\n", title, set_in_words(part.set),
                                in_words(part.cause), amount(part.files, part.bytes));
            for (auto i = std::min<std::size_t>(first, end); i < end; ++i) {
                text += "  " + printable(report.files[i].name) + "\n";
            }
        }
        first += part.files;
    }
    for (const auto& file : report.cached) {
        text += fmt::format("{} from the cache: {}\n", title, printable(file.name));
    }
    return text;
}

std::string needed_sets(const proto::RemovalReport& report)
{
    std::string text;
    for (const auto& set : report.needed) {
        text += "  " + set_in_words(set) + "\n";
    }
    return text.empty() ? "" : "Old sets that stay because newer ones need them:\n" + text;
}

std::string ignored_files(const proto::RemovalReport& report)
{
    std::string text;
    for (const auto& name : report.ignored) {
        text += "  " + printable(name) + "\n";
    }
    return text.empty() ? "" : "Not the archive's, and left alone:\n" + text;
}

}  // namespace

std::string removal_report(const proto::RemovalReport& report)
{
    const std::string_view title = report.removed ? "Removed" : "Would remove";
    auto text = chains_that(ChainFate::goes, title, report);
    text += chains_that(ChainFate::loses_increments, fmt::format("{} the increments of", title),
                        report);
    text += other_parts(title, report);
    text += needed_sets(report);
    text += chains_that_stay(report);
    text += ignored_files(report);
    const bool nothing = report.parts.empty() && report.cached.empty();
    if (nothing) {
        return text + "There is nothing to remove.\n";
    }
    if (report.removed) {
        return text + fmt::format("Deleted {}.\n", amount(report.files_count, report.bytes));
    }
    return text + fmt::format("Nothing was deleted. With --force, these go: {}.\n",
                              amount(report.files_count, report.bytes));
}

}  // namespace duplid::show
