#include "daemon/operations/reading_operations.hpp"

#include "daemon/operations/reading_conversions.hpp"
#include "daemon/runs/event_conversions.hpp"

#include <ctime>
#include <fmt/format.h>

namespace duplid::daemon {

namespace {

std::string damage_in_words(std::uint64_t damaged, bool has_unknown_losses, std::string_view what)
{
    auto text = fmt::format("{} object{} {}", damaged, damaged == 1 ? "" : "s", what);
    if (has_unknown_losses) {
        text += ", and nobody can tell what else was in the volumes that are lost";
    }
    return text;
}

proto::RpcError damage(std::string cause, OpenArchive& open)
{
    return {proto::ErrorKind::corrupt, std::move(cause), open.archive().target.description(),
            "the warnings of this run name them"};
}

RunResult restore(Workshop& workshop, const proto::RestoreParams& params, RunControl& control)
{
    OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(), open_options(control)};
    control.running();
    auto request = request_from(params);
    if (params.dry_run || params.tell_failed) {
        request.tell = [&control](const std::string& path, operation::Effect effect) {
            control.tell(proto::ObjectEvent{path, std::string{name_of(effect)}});
        };
    }
    if (params.tell_objects) {
        request.tell_begun = [&control](const std::string& path, tar::Type type) {
            control.tell(proto::ObjectEvent{path, "begun", word_of(type)});
        };
    }
    if (params.tell_volumes || params.only_volumes) {
        request.tell_volume = [&control](const auto& step) { control.tell(to_wire(step)); };
    }
    const auto report =
        operation::restore(open.archive(), request, control.monitor(), control.stop());
    RunResult result;
    result.restore = to_wire(report);
    // Each object, and each volume that is lost, was a warning: without an error they are the
    // result.
    if ((report.damaged > 0 || report.has_unknown_losses) && !params.ignore_errors) {
        result.error = damage(damage_in_words(report.damaged, report.has_unknown_losses,
                                              "could not be brought back whole"),
                              open);
    }
    return result;
}

RunResult verify(Workshop& workshop, const proto::VerifyParams& params, RunControl& control)
{
    OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(), open_options(control)};
    control.running();
    auto request = request_from(params);
    request.tell = [&control](const operation::LocalDifference& difference) {
        control.tell(to_wire(difference));
    };
    if (params.tell_volumes) {
        request.tell_volume = [&control](const auto& step) { control.tell(to_wire(step)); };
    }
    const auto report =
        operation::verify(open.archive(), request, control.monitor(), control.stop());
    RunResult result;
    result.verify = to_wire(report, control.warnings());
    result.verify->with_directory = !params.directory.empty();
    result.verify->with_data = params.compare_data;
    if ((report.damaged > 0 || report.has_unknown_losses) && !params.ignore_errors) {
        result.error =
            damage(damage_in_words(report.damaged, report.has_unknown_losses, "damaged"), open);
    } else if (report.differences > 0) {
        result.error = proto::RpcError{proto::ErrorKind::different,
                                       fmt::format("{} difference{} found", report.differences,
                                                   report.differences == 1 ? "" : "s"),
                                       params.directory, ""};
    }
    return result;
}

RunResult check(Workshop& workshop, const proto::CheckParams& params, RunControl& control)
{
    OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(), open_options(control)};
    control.running();
    const auto report = operation::check(
        open.archive(), {operation::parse_sample(params.sample), std::time(nullptr)},
        control.monitor(), control.stop());
    RunResult result;
    result.check = to_wire(report, control.warnings());
    if (report.damaged > 0) {
        result.error = damage(
            fmt::format("{} fault{} found", report.damaged, report.damaged == 1 ? "" : "s"), open);
    }
    return result;
}

}  // namespace

PlannedRun plan(Workshop& workshop, proto::RestoreParams params)
{
    static_cast<void>(request_from(params));
    auto facts = facts_of(proto::RunKind::restore, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                return restore(workshop, params, control);
            }};
}

PlannedRun plan(Workshop& workshop, proto::VerifyParams params)
{
    static_cast<void>(request_from(params));
    auto facts = facts_of(proto::RunKind::verify, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                return verify(workshop, params, control);
            }};
}

PlannedRun plan(Workshop& workshop, proto::CheckParams params)
{
    static_cast<void>(operation::parse_sample(params.sample));
    auto facts = facts_of(proto::RunKind::check, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                return check(workshop, params, control);
            }};
}

}  // namespace duplid::daemon
