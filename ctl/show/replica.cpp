#include "ctl/show/replica.hpp"

#include "ctl/show/report.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"

#include <fmt/format.h>

namespace duplid::show {

namespace {

std::string_view word_of(proto::FindingState state)
{
    switch (state) {
    case proto::FindingState::mended:
        return "mended";
    case proto::FindingState::mendable:
        return "to mend";
    case proto::FindingState::lost:
        return "LOST";
    case proto::FindingState::left:
        return "left";
    case proto::FindingState::other:
        break;
    }
    return "found";
}

std::string span_of(const proto::RepairFinding& finding)
{
    if (!finding.from) {
        return "";
    }
    return finding.until ? fmt::format(" (from {} until {})", ctl::local_time_text(*finding.from),
                                       ctl::local_time_text(*finding.until))
                         : fmt::format(" (from {} on)", ctl::local_time_text(*finding.from));
}

}  // namespace

std::string replicate_report(const proto::ReplicateReport& report)
{
    auto text =
        fmt::format("Copied {} ({}, {}); {} there already.\n", counted(report.copied, "set"),
                    counted(report.volumes, "volume"), ctl::size_in_words(report.stored_bytes),
                    report.present == 1 ? "1 was" : fmt::format("{} were", report.present));
    if (report.passed_over_count > 0) {
        text += fmt::format("{} of the source cannot be restored and {} not copied.\n",
                            counted(report.passed_over_count, "orphaned or unfinished set"),
                            report.passed_over_count == 1 ? "was" : "were");
    }
    for (const auto& refused : report.refused) {
        text += fmt::format("NOT copied: {}\n", set_in_words(refused.set));
    }
    return text;
}

std::string repair_report(const proto::RepairReport& report)
{
    std::string text;
    for (const auto& finding : report.findings) {
        text += fmt::format("{:<8} {}{}\n", word_of(finding.state), printable(finding.about),
                            span_of(finding));
    }
    if (report.findings_count > report.findings.size()) {
        text += fmt::format("... and {} more\n", report.findings_count - report.findings.size());
    }
    if (report.findings_count == 0) {
        return "Nothing is wrong.\n";
    }
    text += fmt::format("{} mended, {} to be mended with --force, {} lost.\n", report.mended,
                        report.mendable, report.lost);
    return text;
}

}  // namespace duplid::show
