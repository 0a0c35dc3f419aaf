#include "ctl/verbs/run_verbs.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/requests/request.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/words/option_values.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace duplid::ctl {

namespace {

/// Nothing: all of them.
std::optional<std::uint64_t> run_or_all(const CommandLine& line)
{
    const bool all = line.has(OptionId::all_runs);
    if (all != line.positionals.empty()) {
        throw usage_failure(all ? "RUN and --all exclude each other" : "say which run, or --all");
    }
    return all ? std::nullopt : std::optional{run_number(line.positionals.front())};
}

/// "none", or as all sizes.
std::optional<std::uint64_t> rate_of(const CommandLine& line, OptionId id)
{
    const auto text = line.value(id);
    if (!text) {
        return std::nullopt;
    }
    return *text == "none" ? 0 : size_from(*text, id);
}

/// Asks, and says what it was done to.
template <class Params>
int change(const CommandLine& line, Output& output, Interrupts& interrupts,
           const proto::Method<Params, proto::RunsReply>& method, const Params& params,
           std::string_view done)
{
    const auto look = look_of(line);
    auto chosen = open_resident_instance(line, look, interrupts);
    const auto json = chosen.session->call_json(method.name, proto::write_message(params));
    if (look.json) {
        output.json(json);
        return 0;
    }
    const auto reply = proto::read_message<proto::RunsReply>(json, proto::Strictness::reply);
    for (const auto& one : reply.runs) {
        if (!look.quiet) {
            output.text(fmt::format("Run {} {}\n", one.run, done));
        }
    }
    return 0;
}

}  // namespace

int run_stop(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    proto::RunStopParams params;
    params.run = run_number(line.positionals.at(0));
    const auto at = line.value(OptionId::stop_at).value_or("now");
    if (at == "volume") {
        params.at = proto::StopAt::volume;
    } else if (at != "now") {
        throw usage_failure("--at takes now or volume", at);
    }
    const auto look = look_of(line);
    auto chosen = open_resident_instance(line, look, interrupts);
    const auto json =
        chosen.session->call_json(proto::methods::run_stop.name, proto::write_message(params));
    if (look.json) {
        output.json(json);
    }
    return 0;
}

int run_pause(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return change(line, output, interrupts, proto::methods::run_pause,
                  proto::RunPauseParams{run_or_all(line), pause_end(line)}, "is paused");
}

int run_resume(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return change(line, output, interrupts, proto::methods::run_resume,
                  proto::RunResumeParams{run_or_all(line)}, "goes on");
}

int run_limit(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const proto::RunLimitParams params{run_or_all(line), rate_of(line, OptionId::upload),
                                       rate_of(line, OptionId::download)};
    if (!params.limit_up && !params.limit_down) {
        throw usage_failure("say --upload, --download, or both");
    }
    return change(line, output, interrupts, proto::methods::run_limit, params,
                  "has the new limits");
}

}  // namespace duplid::ctl
