#include "daemon/operations/tree_operations.hpp"

#include "daemon/archive/conversions.hpp"
#include "daemon/operations/tree_files.hpp"
#include "engine/operation/rdiffdir/tree_delta.hpp"
#include "engine/operation/rdiffdir/tree_patch.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace duplid::daemon {

namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& object)
{
    throw Error{Error::Kind::invalid, text, object};
}

RunFacts facts_of_tree(proto::RunKind kind, const std::string& directory, proto::Lifetime lifetime)
{
    if (directory.empty()) {
        refuse("there is no directory", "directory");
    }
    RunFacts facts;
    facts.kind = kind;
    facts.lifetime = lifetime;
    facts.target = directory;
    return facts;
}

void check_files(const proto::TreeDeltaParams& params, bool has_lent_streams)
{
    if (!params.delta && !params.signature) {
        refuse("there is nothing to be written: neither a delta nor a signature", "delta");
    }
    for (const auto& file : params.signatures) {
        check_tree_file(file, has_lent_streams);
    }
    for (const auto* file : {&params.delta, &params.signature}) {
        if (*file) {
            check_tree_file(**file, has_lent_streams);
        }
    }
    const auto is_standard = [](const proto::TreeFile& file) { return file.standard; };
    if (std::ranges::count_if(params.signatures, is_standard) > 1 ||
        (params.delta && params.signature && params.delta->standard &&
         params.signature->standard)) {
        refuse("a standard stream is one file only", "standard");
    }
}

std::string_view word_for(operation::TreeChange change) noexcept
{
    switch (change) {
    case operation::TreeChange::added:
        return "new";
    case operation::TreeChange::changed:
        return "changed";
    case operation::TreeChange::deleted:
        break;
    }
    return "deleted";
}

std::unique_ptr<operation::MemberStream> open_members(const proto::TreeFile& file,
                                                      const RunControl& control)
{
    return std::make_unique<operation::MemberStream>(open_tree_input(file, control.stop()),
                                                     name_of(file));
}

RunResult compare_tree(const proto::TreeDeltaParams& params, RunControl& control)
{
    control.running();
    operation::TreeDeltaRequest request;
    request.directory = source_from(params.directory, params.working_directory);
    request.rules = rules_from(params.rules);
    request.rule_settings = rule_settings_from(params.null_separator, params.working_directory);
    request.block_bytes_max = params.max_blocksize;
    request.temp_directory = params.tempdir.empty() ? io::default_temp_directory() : params.tempdir;
    for (const auto& file : params.signatures) {
        request.signatures.push_back(open_members(file, control));
    }
    std::optional<TreeOutput> delta;
    std::optional<TreeOutput> signature;
    if (params.delta) {
        request.delta = &delta.emplace(*params.delta, params.gzip, control.stop()).sink();
    }
    if (params.signature) {
        request.signature =
            &signature.emplace(*params.signature, params.gzip, control.stop()).sink();
    }
    if (params.tell_objects) {
        request.tell = [&control](const std::string& path, operation::TreeChange change) {
            control.tell(proto::ObjectEvent{path, std::string{word_for(change)}});
        };
    }
    const auto report =
        operation::write_tree_delta(std::move(request), control.monitor(), control.stop());
    for (auto* output : {&delta, &signature}) {
        if (*output) {
            (*output)->finish();
        }
    }
    RunResult result;
    result.tree_delta = {report.added, report.changed, report.deleted, report.source_bytes,
                         report.warnings};
    return result;
}

RunResult patch_tree(const proto::TreePatchParams& params, RunControl& control)
{
    control.running();
    operation::TreePatchRequest request;
    request.directory = params.directory;
    request.delta = open_members(params.delta, control);
    if (params.tell_objects) {
        request.tell = [&control](const std::string& path) {
            control.tell(proto::ObjectEvent{path, "patched"});
        };
    }
    const auto report =
        operation::patch_tree(std::move(request), control.monitor(), control.stop());
    RunResult result;
    result.tree_patch = {report.objects, report.failed, report.bytes, report.warnings};
    return result;
}

}  // namespace

PlannedRun plan(Workshop& workshop, proto::TreeDeltaParams params)
{
    check_files(params, workshop.has_lent_streams);
    static_cast<void>(rules_from(params.rules));
    auto facts = facts_of_tree(proto::RunKind::tree_delta, params.directory, params.lifetime);
    return {std::move(facts), [params = std::move(params)](RunControl& control) {
                return compare_tree(params, control);
            }};
}

PlannedRun plan(Workshop& workshop, proto::TreePatchParams params)
{
    check_tree_file(params.delta, workshop.has_lent_streams);
    auto facts = facts_of_tree(proto::RunKind::tree_patch, params.directory, params.lifetime);
    return {std::move(facts), [params = std::move(params)](RunControl& control) {
                return patch_tree(params, control);
            }};
}

}  // namespace duplid::daemon
