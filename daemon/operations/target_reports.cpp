// The part of TargetGroup that tells how its targets stand when all is over.
#include "daemon/operations/target_group.hpp"

#include <fmt/format.h>
#include <string>
#include <utility>

namespace duplid::daemon {

Error TargetGroup::nobody() const
{
    std::string text = "none of the targets can be used";
    std::optional<Error> first;
    for (const auto& member : members_) {
        if (member.trouble) {
            text += fmt::format("; {}: {}", member.target.name, member.trouble->what());
            first = first ? first : member.trouble;
        }
    }
    return {first ? first->kind() : Error::Kind::unreachable, text,
            first ? first->object() : std::string{}, first ? first->hint() : std::string{}};
}

std::vector<proto::TargetReport> TargetGroup::reports() const
{
    std::vector<proto::TargetReport> reports;
    for (const auto& member : members_) {
        proto::TargetReport report;
        report.name = member.target.name;
        report.target = member.place.shown_target;
        const bool is_good = member.is_good();
        report.state = is_good ? proto::TargetState::good : proto::TargetState::behind;
        report.required = member.target.is_required;
        if (member.trouble) {
            report.reason = member.trouble->what();
            report.hint = member.trouble->hint();
        }
        report.sets_behind = is_good ? std::optional<std::uint64_t>{} : member.sets_behind;
        report.copied_sets = member.caught_up.sets;
        report.copied_files = member.caught_up.files;
        report.copied_bytes = member.caught_up.bytes;
        reports.push_back(std::move(report));
    }
    return reports;
}

std::optional<Error> TargetGroup::shortfall() const
{
    std::string names;
    std::string reasons;
    const Member* first = nullptr;
    for (const auto& member : members_) {
        if (!member.target.is_required || member.is_good()) {
            continue;
        }
        first = first != nullptr ? first : &member;
        names += (names.empty() ? "" : ", ") + member.target.name;
        if (member.trouble) {
            reasons += fmt::format("; {}: {}", member.target.name, member.trouble->what());
        }
    }
    if (first == nullptr) {
        return std::nullopt;
    }
    // Whoever had the copying stopped did not make the target fail.
    const auto kind = options_.stop.stop_requested() ? Error::Kind::cancelled
                      : first->trouble               ? first->trouble->kind()
                                                     : Error::Kind::unreachable;
    return Error{kind,
                 fmt::format("the backup is stored, but not on {}, which the job requires{}", names,
                             reasons),
                 first->place.shown_target, first->trouble ? first->trouble->hint() : ""};
}

}  // namespace duplid::daemon
