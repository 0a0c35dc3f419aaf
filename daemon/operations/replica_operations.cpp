#include "daemon/operations/replica_operations.hpp"

#include "daemon/archive/conversions.hpp"
#include "proto/protocol.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace duplid::daemon {

namespace {

constexpr std::size_t listed_max = 100;

/// Two archives that are one would wait for their own locks.
void check_apart(const ArchivePlace& source, const ArchivePlace& destination)
{
    for (const auto& key : source.keys()) {
        const auto others = destination.keys();
        if (std::find(others.begin(), others.end(), key) != others.end()) {
            throw Error{Error::Kind::invalid, "source and destination are the same " + key, key,
                        "give them different URLs, and different names of their caches"};
        }
    }
}

/// Two runs that copy in opposite directions must not wait for each other: both lock in the order
/// of the targets' names.
struct BothArchives {
    std::unique_ptr<OpenArchive> source;
    std::unique_ptr<OpenArchive> destination;
};

BothArchives open_both(const proto::ArchiveParams& source, const proto::ArchiveParams& destination,
                       Workshop& workshop, const OpenOptions& options)
{
    BothArchives both;
    const auto open = [&](const proto::ArchiveParams& params) {
        return std::make_unique<OpenArchive>(params, workshop.defaults, workshop.pool.get(),
                                             options);
    };
    const bool source_first = place_of(source, workshop.defaults).canonical_target <
                              place_of(destination, workshop.defaults).canonical_target;
    if (source_first) {
        both.source = open(source);
    }
    both.destination = open(destination);
    if (!source_first) {
        both.source = open(source);
    }
    return both;
}

std::optional<proto::RpcError> error_of(const operation::ReplicateReport& report,
                                        const std::string& target)
{
    if (report.refused.empty()) {
        return std::nullopt;
    }
    const bool damaged =
        std::any_of(report.refused.begin(), report.refused.end(),
                    [](const auto& set) { return set.kind == Error::Kind::corrupt; });
    return proto::RpcError{damaged ? proto::ErrorKind::corrupt : proto::ErrorKind::invalid,
                           std::to_string(report.refused.size()) + " sets were not copied", target,
                           "the warnings of this run name them"};
}

RunResult replicate(Workshop& workshop, const proto::ReplicateParams& params, RunControl& control)
{
    const auto from = source_of(params);
    auto both = open_both(from, params.archive, workshop, open_options(control));
    control.running();
    auto& destination = both.destination->archive();
    const auto report = operation::replicate(both.source->archive(), destination, {params.time},
                                             control.monitor(), control.stop());
    RunResult result;
    result.replicate = to_wire(report);
    result.error = error_of(report, destination.target.description());
    return result;
}

RunResult repair(Workshop& workshop, const proto::RepairParams& params, RunControl& control)
{
    OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(), open_options(control)};
    control.running();
    const auto report = operation::repair(open.archive(), {params.force, params.read_data},
                                          control.monitor(), control.stop());
    RunResult result;
    result.repair = to_wire(report);
    if (report.lost > 0) {
        result.error = proto::RpcError{
            proto::ErrorKind::corrupt, "something in the archive is lost",
            open.archive().target.description(),
            "the report names it; the next increment stores whole what is still in the source"};
    } else if (report.mendable > 0) {
        result.error =
            proto::RpcError{proto::ErrorKind::corrupt, "something is to be mended",
                            open.archive().target.description(), "repair --force does it"};
    }
    return result;
}

}  // namespace

proto::ArchiveParams source_of(const proto::ReplicateParams& params)
{
    auto source = params.archive;
    source.target = params.source;
    source.name = params.source_name;
    source.file_prefix = params.source_file_prefix;
    source.file_prefix_archive = params.source_file_prefix_archive;
    source.file_prefix_manifest = params.source_file_prefix_manifest;
    source.file_prefix_signature = params.source_file_prefix_signature;
    source.encryption = params.source_encryption;
    source.encrypt_key = params.source_encrypt_key;
    source.hidden_encrypt_key = params.source_hidden_encrypt_key;
    source.sign_key = params.source_sign_key;
    if (params.source_passphrase.is_set()) {
        source.passphrase = params.source_passphrase;
    }
    // How files there are compressed, their names tell.
    source.compression = proto::Compression::fast;
    return source;
}

PlannedRun plan(Workshop& workshop, proto::ReplicateParams params)
{
    const auto from = source_of(params);
    auto facts = facts_of(proto::RunKind::replicate, params.lifetime, params.archive, workshop);
    const auto source = facts_of(proto::RunKind::replicate, params.lifetime, from, workshop);
    check_apart(place_of(from, workshop.defaults), place_of(params.archive, workshop.defaults));
    facts.keys.insert(facts.keys.end(), source.keys.begin(), source.keys.end());
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                return replicate(workshop, params, control);
            }};
}

PlannedRun plan(Workshop& workshop, proto::RepairParams params)
{
    auto facts = facts_of(proto::RunKind::repair, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                return repair(workshop, params, control);
            }};
}

proto::ReplicateReport to_wire(const operation::ReplicateReport& report)
{
    proto::ReplicateReport wire;
    wire.copied = report.copied;
    wire.present = report.present;
    for (const auto& refused : report.refused) {
        if (wire.refused.size() < listed_max) {
            wire.refused.push_back({to_wire(refused.set), refused.why});
        }
    }
    wire.refused_count = report.refused.size();
    for (const auto& set : report.passed_over) {
        if (wire.passed_over.size() < listed_max) {
            wire.passed_over.push_back(to_wire(set));
        }
    }
    wire.passed_over_count = report.passed_over.size();
    wire.volumes = report.volumes;
    wire.stored_bytes = report.stored_bytes;
    wire.warnings = report.warnings;
    return wire;
}

proto::RepairReport to_wire(const operation::RepairReport& report)
{
    proto::RepairReport wire;
    std::size_t weight = 0;
    for (const auto& finding : report.findings) {
        // JSON may write a byte as six (\u0001), and the twin in base64 comes on top.
        constexpr std::size_t numbers_bytes = 256;
        weight += numbers_bytes + 8 * (finding.object.size() + finding.about.size());
        if (weight > proto::line_bytes_max / 2) {
            break;
        }
        proto::RepairFinding one;
        // Both enumerations name the same things in the same order.
        one.kind = static_cast<proto::FindingKind>(finding.kind);
        one.state = static_cast<proto::FindingState>(finding.state);
        if (finding.set) {
            one.set = to_wire(*finding.set);
        }
        one.object = finding.object;
        one.about = finding.about;
        one.from = finding.from;
        one.until = finding.until;
        wire.findings.push_back(std::move(one));
    }
    wire.findings_count = report.findings_count;
    wire.mended = report.mended;
    wire.mendable = report.mendable;
    wire.lost = report.lost;
    return wire;
}

}  // namespace duplid::daemon
