#include "daemon/runs/run_pauses.hpp"

#include "proto/error.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <chrono>

namespace duplid::daemon {

namespace {

/// The year 2200: farther away than any pause, and still a time that all clocks can count to.
constexpr std::int64_t until_max = 7'258'118'400;

[[noreturn]] void refuse(const std::string& text, const std::string& object,
                         const std::string& hint = {})
{
    throw Error{Error::Kind::invalid, text, object, hint};
}

proto::RunsReply names_of(const std::vector<std::shared_ptr<Run>>& runs)
{
    proto::RunsReply reply;
    for (const auto& run : runs) {
        reply.runs.push_back({run->id()});
    }
    return reply;
}

}  // namespace

RunPauses::RunPauses(Loop& loop, Runs& runs) : loop_{loop}, runs_{runs} {}

std::vector<std::shared_ptr<Run>> RunPauses::those_meant(std::optional<std::uint64_t> run) const
{
    if (!run) {
        return runs_.not_ended();
    }
    auto found = runs_.find(*run);
    if (found->has_ended()) {
        refuse("run " + std::to_string(*run) + " has ended", std::to_string(*run));
    }
    return {std::move(found)};
}

proto::RunsReply RunPauses::pause(const proto::RunPauseParams& params, const std::string& by)
{
    if (params.until && *params.until > until_max) {
        refuse("nothing is paused till then", "until", "leave it out to pause without an end");
    }
    const auto runs = those_meant(params.run);
    for (const auto& run : runs) {
        run->pause({by, params.until});
    }
    end_due();
    return names_of(runs);
}

proto::RunsReply RunPauses::resume(const proto::RunResumeParams& params, const std::string& by)
{
    auto runs = those_meant(params.run);
    std::erase_if(runs, [&by](const auto& run) { return !run->resume(by); });
    if (params.run && runs.empty()) {
        refuse("run " + std::to_string(*params.run) + " is not paused",
               std::to_string(*params.run));
    }
    end_due();
    return names_of(runs);
}

proto::RunsReply RunPauses::limit(const proto::RunLimitParams& params)
{
    if (!params.limit_up && !params.limit_down) {
        throw proto::ProtocolError{{proto::ErrorKind::invalid_params, "there is no limit to set",
                                    "limit_up", "say limit_up, limit_down, or both"}};
    }
    const auto runs = those_meant(params.run);
    for (const auto& run : runs) {
        if (params.limit_up) {
            run->limits()->up.set(*params.limit_up);
        }
        if (params.limit_down) {
            run->limits()->down.set(*params.limit_down);
        }
        run->tell("its limits of rate were changed");
    }
    return names_of(runs);
}

void RunPauses::end_due()
{
    std::optional<schedule::Instant> next;
    for (const auto& run : runs_.not_ended()) {
        const auto paused = run->paused();
        if (!paused || !paused->until) {
            continue;
        }
        const schedule::Instant end{std::chrono::seconds{*paused->until}};
        if (end <= Alarm::now()) {
            run->resume("the clock");
        } else if (!next || end < *next) {
            next = end;
        }
    }
    if (next && !alarm_) {
        alarm_.emplace(loop_, [this](Alarm::Cause) { end_due(); });
    }
    if (alarm_) {
        alarm_->set(next);
    }
}

}  // namespace duplid::daemon
