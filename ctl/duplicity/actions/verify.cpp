// verify: proves that the archive can be restored, and with --compare-data that it is what a
// directory holds.
//
// Texts: command-line.md 5.4. Without --compare-data the reference counts what the directory and
// the archive hold, but finds no difference, and callers rely on its status: neither do we.
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/show/proof.hpp"
#include "ctl/words/option_values.hpp"

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
    params.directory = ctl::absolute(invocation.local_path, context.here);
    params.compare_data = invocation.compare_data;
    params.ignore_errors = invocation.ignore_errors;
    params.rules = invocation.rules;
    params.null_separator = invocation.null_separator;
    params.tell_volumes = true;
    return params;
}

void take(Context& context, RunWarnings& warnings, const proto::Event& event)
{
    if (const auto* difference = std::get_if<proto::DifferenceEvent>(&event.what)) {
        if (context.invocation.compare_data) {
            auto line = show::difference_line(*difference);
            line.pop_back();
            context.reporter.notice(std::move(line));
        }
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

std::string result_text(std::uint64_t files, std::uint64_t differences, const CompatVersion& compat)
{
    const bool is_modern = compat.is_modern();
    return fmt::format("Verify complete: {} compared, {} found.", counted(files, "file", is_modern),
                       counted(differences, "difference", is_modern));
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
    if (!done.verify) {
        throw fatal_from(done.error.value_or(proto::RpcError{}), invocation);
    }
    const auto differences = invocation.compare_data ? done.verify->differences : 0;
    context.reporter.notice(result_text(done.verify->compared, differences, invocation.compat));
    if (done.error && done.error->kind == proto::ErrorKind::corrupt) {
        throw fatal_from(warnings.damage().value_or(*done.error), invocation);
    }
    return differences > 0 ? 1 : 0;
}

}  // namespace duplid::duplicity
