// replicate: copies sets to another target, wrapped as the options say.
//
// Texts: command-line.md 5.9. The common start is about the target that is copied to.
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "proto/methods.hpp"

#include <fmt/format.h>

namespace duplid::duplicity {

namespace {

proto::ReplicateParams params_of(const Context& context)
{
    const auto& invocation = context.invocation;
    proto::ReplicateParams params;
    params.archive = archive_params(context);
    params.source = invocation.source_url;
    // The reference has one set of options for both ends.
    params.source_file_prefix = invocation.file_prefix;
    params.source_file_prefix_archive = invocation.file_prefix_archive;
    params.source_file_prefix_manifest = invocation.file_prefix_manifest;
    params.source_file_prefix_signature = invocation.file_prefix_signature;
    params.source_encrypt_key = invocation.encrypt_key;
    params.source_hidden_encrypt_key = invocation.hidden_encrypt_key;
    // The reference copies what is older, not what is as old.
    params.time = invocation.time ? std::optional{*invocation.time - 1} : std::nullopt;
    return params;
}

}  // namespace

int run_replicate(Context& context, const proto::CollectionStatusReply& /*before*/)
{
    context.passphrases.complete_for_writing(context.invocation);
    auto params = params_of(context);
    if (context.invocation.dry_run) {
        return 0;
    }
    RunWarnings warnings{context};
    auto secrets = secret_members(context);
    if (const auto& passphrase = context.passphrases.secrets().passphrase; passphrase.is_set()) {
        secrets.push_back({"source_passphrase", passphrase});
    }
    const auto done = start_and_follow(
        context, proto::methods::replicate, params, secrets, [&](const proto::Event& event) {
            const auto* const step = std::get_if<proto::VolumeEvent>(&event.what);
            if (step != nullptr && step->step == "begun") {
                context.reporter.notice(fmt::format("Replicating {}.", step->name));
            } else {
                warnings.take(event);
            }
        });
    if (done.error) {
        throw fatal_from(*done.error, context.invocation);
    }
    if (!done.replicate || done.replicate->copied + done.replicate->present == 0) {
        context.reporter.notice("No old backup sets found.");
    }
    return 0;
}

}  // namespace duplid::duplicity
