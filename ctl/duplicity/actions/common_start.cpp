#include "ctl/duplicity/actions/common_start.hpp"

#include "ctl/duplicity/actions/cache_sync.hpp"
#include "ctl/duplicity/actions/collection.hpp"
#include "ctl/duplicity/actions/temp_space.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/duplicity/texts.hpp"
#include "ctl/process/failure.hpp"
#include "proto/methods.hpp"

#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>
#include <thread>

namespace duplid::duplicity {

namespace {

constexpr std::size_t rule_width = 80;

/// A rule that can never be right is told of before anything else, as the reference does, though
/// only the daemon knows how to read rules.
void check_rules(Context& context)
{
    const auto& invocation = context.invocation;
    const bool uses_rules = is_backup(invocation.action) || invocation.action == Action::verify;
    if (!uses_rules) {
        return;
    }
    for (const auto& list : invocation.rule_lists) {
        context.reporter.notice("Reading globbing filelist " + list);
    }
    if (invocation.rules.empty()) {
        return;
    }
    proto::WhyParams params;
    params.working_directory = context.here.working_directory;
    params.source = invocation.local_path;
    params.path = invocation.local_path;
    params.rules = invocation.rules;
    params.null_separator = invocation.null_separator;
    static_cast<void>(context.session.call(proto::methods::why, params));
}

/// The arguments as they were typed, but for passwords in URLs.
std::string shown_arguments(const Invocation& invocation)
{
    std::vector<std::string> words;
    for (const auto& argument : invocation.arguments) {
        words.push_back(without_password(argument));
    }
    return fmt::format("{}", fmt::join(words, " "));
}

std::string system_line()
{
    utsname names{};
    if (::uname(&names) != 0) {
        return "unknown system";
    }
    return fmt::format("{} {} {} {} {} duplid {}", names.sysname, names.nodename, names.release,
                       names.version, names.machine, DUPLID_VERSION);
}

/// 3.x tells people, too.
void tell_opening(Context& context, const std::string& line)
{
    if (context.invocation.compat.is_modern()) {
        context.reporter.notice(line);
    } else {
        context.reporter.info(line);
    }
}

void tell_place(Context& context, const std::string& archive_directory)
{
    tell_opening(context, "Using archive dir: " + archive_directory);
    tell_opening(context, "Using backup name: " +
                              archive_directory.substr(archive_directory.rfind('/') + 1));
}

void tell_banner(Context& context)
{
    const auto& invocation = context.invocation;
    const std::string rule(rule_width, '=');
    for (const auto& line : {fmt::format("Main action: {}", name_of(invocation.action)), rule,
                             "duplicity " + invocation.compat.text,
                             "Args: " + shown_arguments(invocation), system_line(), rule}) {
        tell_opening(context, line);
    }
}

/// Removals and questions about sets look at the target alone.
bool wants_cache(Action action) noexcept
{
    switch (action) {
    case Action::collection_status:
    case Action::remove_older_than:
    case Action::remove_all_but_n_full:
    case Action::remove_all_inc_of_but_n_full:
    case Action::replicate:
        return false;
    default:
        return true;
    }
}

/// The next backup, of whatever kind it is meant to be, looks at it first.
void tell_partial_set(Context& context, const proto::CollectionStatusReply& found)
{
    for (const auto& chain : found.chains) {
        const auto& last = chain.sets.back();
        if (last.resumable) {
            context.reporter.notice(
                fmt::format("Last {} backup left a partial set, restarting.",
                            last.set.type == proto::SetType::full ? "full" : "inc"));
        }
    }
}

/// An invocation that was killed a moment ago, as front ends cancel one, may have left a daemon
/// that still holds the lock while it puts its things away.
proto::CollectionStatusReply ask_when_free(Context& context)
{
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::seconds grace{3};
    constexpr std::chrono::milliseconds pause{50};
    const auto until = Clock::now() + grace;
    while (true) {
        try {
            return ask_collection(context);
        } catch (const ctl::Failure& failure) {
            if (failure.error().detail != "locked" || Clock::now() >= until) {
                throw;
            }
        }
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace

proto::CollectionStatusReply common_start(Context& context)
{
    auto found = ask_when_free(context);
    tell_place(context, found.archive_directory);
    check_rules(context);
    tell_banner(context);
    tell_temp_space(context);
    tell_chains(context, found);
    warn_of_leftovers(context, found);
    if (wants_cache(context.invocation.action) && synchronise_cache(context, found)) {
        found = ask_collection(context);
        tell_chains(context, found);
        warn_of_leftovers(context, found);
    }
    if (is_backup(context.invocation.action)) {
        tell_partial_set(context, found);
    }
    const auto last_full = last_full_time(found);
    context.reporter.notice("Last full backup date: " +
                            (last_full ? date_text(*last_full) : std::string{"none"}));
    tell_collection(context, found, false);
    return found;
}

}  // namespace duplid::duplicity
