// restore: brings a tree, or a part of it, back.
//
// Order, texts and records: command-line.md 1.3, 4.5, 4.8, 5.6 and 9.8. Damage costs only the files
// that need what is damaged, here as in every restore of ours; the exit status is the reference's.
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/words/option_values.hpp"

#include <fmt/format.h>

namespace duplid::duplicity {

namespace {

proto::RestoreParams params_of(const Context& context)
{
    const auto& invocation = context.invocation;
    proto::RestoreParams params;
    params.archive = archive_params(context);
    params.destination = ctl::absolute(invocation.local_path, context.here);
    params.path = invocation.path;
    params.time = invocation.time;
    params.force = invocation.force;
    params.renames = invocation.renames;
    params.only_volumes = invocation.dry_run;
    params.ignore_errors = invocation.ignore_errors;
    params.restore_ownership = invocation.restore_ownership;
    params.tell_volumes = true;
    params.tell_objects = context.reporter.tells(level::info);
    // What a failed folder takes with it is told one by one (WARNING 13).
    params.tell_failed = true;
    return params;
}

class RestoreReporter {
public:
    explicit RestoreReporter(Context& context) : context_{context}, warnings_{context} {}

    void take(const proto::Event& event)
    {
        if (const auto* change = std::get_if<proto::ObjectEvent>(&event.what)) {
            object(*change);
        } else if (const auto* step = std::get_if<proto::VolumeEvent>(&event.what)) {
            volume(*step);
        } else {
            warnings_.take(event);
        }
    }

    [[nodiscard]] const RunWarnings& warnings() const noexcept { return warnings_; }
    [[nodiscard]] std::uint64_t lost() const noexcept { return warnings_.unwritten() + skipped_; }
    [[nodiscard]] const std::string& needed() const noexcept { return needed_; }

private:
    void object(const proto::ObjectEvent& event)
    {
        if (event.effect == "begun" && event.path != ".") {
            context_.reporter.info(
                InfoCode::patch_file_writing,
                fmt::format("Writing {} of type {}", event.path, event.object_type),
                {duplicity::quoted(event.path), event.object_type});
        } else if (event.effect == "failed" && event.path != warnings_.last_unwritten()) {
            ++skipped_;
            context_.reporter.warning(
                WarningCode::process_skipped,
                fmt::format("Skipping {} because of previous error", event.path),
                {duplicity::quoted(event.path)});
        }
    }

    void volume(const proto::VolumeEvent& event)
    {
        if (event.step == "needed") {
            needed_ += "\n\t" + event.name;
        } else if (event.step == "read") {
            const auto total = event.total.value_or(event.number);
            context_.reporter.info(InfoCode::progress,
                                   fmt::format("Processed volume {} of {}", event.number, total),
                                   {std::to_string(event.number), std::to_string(total)});
        }
    }

    Context& context_;
    RunWarnings warnings_;
    std::uint64_t skipped_ = 0;
    std::string needed_;
};

/// Of a run that went through a damaged archive, with the first damage that was met.
[[noreturn]] void end_as_damaged(const Context& context, const RestoreReporter& reporter,
                                 const proto::RpcError& error)
{
    throw fatal_from(reporter.warnings().damage().value_or(error), context.invocation);
}

}  // namespace

int run_restore(Context& context, const proto::CollectionStatusReply& /*before*/)
{
    context.passphrases.complete_for_reading(context.invocation);
    RestoreReporter reporter{context};
    const auto done = start_and_follow(context, proto::methods::restore, params_of(context),
                                       [&](const proto::Event& event) { reporter.take(event); });
    if (reporter.lost() > 0) {
        context.reporter.notice(fmt::format("{} object{} could not be restored; the warnings above "
                                            "name {}.",
                                            reporter.lost(), reporter.lost() == 1 ? "" : "s",
                                            reporter.lost() == 1 ? "it" : "them"));
    }
    if (done.error && !done.restore) {
        throw fatal_from(*done.error, context.invocation);
    }
    if (done.error) {
        end_as_damaged(context, reporter, *done.error);
    }
    if (context.invocation.dry_run) {
        context.reporter.notice("Required volumes to restore:" + reporter.needed());
    }
    return 0;
}

}  // namespace duplid::duplicity
