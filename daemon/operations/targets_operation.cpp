#include "daemon/operations/targets_operation.hpp"

#include "daemon/archive/conversions.hpp"
#include "daemon/archive/errors.hpp"
#include "daemon/archive/remote_options.hpp"
#include "daemon/operations/command_files.hpp"

#include <string>
#include <utility>

namespace duplid::daemon {

RunFacts facts_of(const proto::BackupParams& params, const std::vector<NamedTarget>& targets,
                  const Workshop& workshop)
{
    auto facts =
        facts_of(proto::RunKind::backup, params.lifetime, targets.front().archive, workshop);
    static_cast<void>(request_from(params));
    check_commands(params.commands, workshop);
    for (std::size_t i = 1; i < targets.size(); ++i) {
        try {
            const auto place = place_of(targets[i].archive, workshop.defaults);
            static_cast<void>(remote_options(targets[i].archive));
            facts.keys.push_back("target " + place.canonical_target);
            facts.target += ", " + place.shown_target;
        } catch (const Error& error) {
            throw Error{error.kind(), error.what(),
                        "targets[" + std::to_string(i) + "]." + error.object(), error.hint()};
        }
    }
    return facts;
}

RunResult back_up(Workshop& workshop, const proto::BackupParams& params,
                  std::vector<NamedTarget> targets, RunControl& control)
{
    auto options = open_options(control);
    options.concurrency = params.concurrency;
    auto archive = params.archive;
    archive.target = targets.front().archive.target;
    TargetGroup group{std::move(targets), workshop.defaults, options, control.monitor()};
    const auto gather = [&](const cache::ArchiveDirectory& directory) {
        control.running();
        return group.gather(directory, settings_from(archive).names.prefixes,
                            params.type == proto::BackupType::full);
    };
    OpenArchive open{archive, workshop.defaults, workshop.pool.get(), options, gather};
    auto request = request_of(workshop, params, control);
    request.stray_names = [&group] { return group.strays(); };
    const auto report =
        operation::back_up(open.archive(), request, control.monitor(), control.stop());
    group.stored(report.set);
    group.catch_up(open.archive());
    RunResult result;
    result.backup = to_wire(report);
    result.backup->targets = group.reports();
    if (const auto shortfall = group.shortfall()) {
        result.error = to_rpc(*shortfall);
    }
    return result;
}

}  // namespace duplid::daemon
