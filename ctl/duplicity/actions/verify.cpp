// verify: proves that the archive can be restored, and with --compare-data that it is what a
// directory holds.
//
// Texts: command-line.md 5.4. Without --compare-data the reference finds no difference whatever the
// directory holds, and callers rely on its status; so the directory is then not looked at.
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/show/proof.hpp"

#include <fmt/format.h>

namespace duplid::duplicity {

namespace {

proto::VerifyParams params_of(const Context& context)
{
    const auto& invocation = context.invocation;
    proto::VerifyParams params;
    params.archive = archive_params(context);
    params.path = invocation.path;
    params.time = invocation.time;
    params.tell_volumes = true;
    if (invocation.compare_data) {
        params.directory = invocation.local_path.starts_with('/')
                               ? invocation.local_path
                               : context.here.working_directory + "/" + invocation.local_path;
        params.compare_data = true;
        params.rules = invocation.rules;
        params.null_separator = invocation.null_separator;
    }
    return params;
}

void take(Context& context, RunWarnings& warnings, const proto::Event& event)
{
    if (const auto* difference = std::get_if<proto::DifferenceEvent>(&event.what)) {
        auto line = show::difference_line(*difference);
        line.pop_back();
        context.reporter.notice(std::move(line));
    } else if (const auto* step = std::get_if<proto::VolumeEvent>(&event.what)) {
        const auto total = step->total.value_or(step->number);
        context.reporter.info(InfoCode::progress,
                              fmt::format("Processed volume {} of {}", step->number, total),
                              {std::to_string(step->number), std::to_string(total)});
    } else {
        warnings.take(event);
    }
}

std::string counted(std::uint64_t number, std::string_view word, bool is_modern)
{
    if (is_modern) {
        return fmt::format("{} {}(s)", number, word);
    }
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

std::string result_text(const proto::VerifyReport& report, const Invocation& invocation)
{
    const auto files = invocation.compare_data ? report.compared : report.files;
    const bool is_modern = invocation.compat.is_modern();
    return fmt::format("Verify complete: {} compared, {} found.", counted(files, "file", is_modern),
                       counted(report.differences, "difference", is_modern));
}

}  // namespace

int run_verify(Context& context, const proto::CollectionStatusReply& /*before*/)
{
    const auto& invocation = context.invocation;
    if (invocation.dry_run) {
        throw command_line_error("verify cannot be done as a dry run");
    }
    context.passphrases.complete_for_reading(invocation);
    RunWarnings warnings{context};
    const auto done =
        start_and_follow(context, proto::methods::verify, params_of(context),
                         [&](const proto::Event& event) { take(context, warnings, event); });
    if (done.verify) {
        context.reporter.notice(result_text(*done.verify, invocation));
    }
    if (done.error && !done.verify) {
        throw fatal_from(*done.error, invocation);
    }
    const bool is_damaged = done.error && done.error->kind == proto::ErrorKind::corrupt;
    if (is_damaged && !invocation.ignore_errors) {
        throw fatal_from(warnings.damage().value_or(*done.error), invocation);
    }
    return done.verify && done.verify->differences > 0 ? 1 : 0;
}

}  // namespace duplid::duplicity
