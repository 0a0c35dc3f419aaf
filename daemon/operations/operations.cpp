#include "daemon/operations/operations.hpp"

#include "daemon/archive/conversions.hpp"
#include "daemon/archive/errors.hpp"
#include "daemon/archive/remote_options.hpp"
#include "daemon/operations/command_files.hpp"
#include "daemon/questions/answering.hpp"
#include "daemon/questions/collection_parts.hpp"
#include "daemon/runs/event_conversions.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <exception>
#include <netdb.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

std::string host_name()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

/// The name with its domain, if the resolver knows one; else `name`. May take the resolver's time.
std::string full_host_name(const std::string& name)
{
    struct addrinfo hints {};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    struct addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) {
        return name;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
    return found->ai_canonname != nullptr ? found->ai_canonname : name;
}

RunResult back_up(Workshop& workshop, const proto::BackupParams& params, RunControl& control)
{
    auto options = open_options(control);
    options.concurrency = params.concurrency;
    OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(), options};
    control.running();
    const auto request = request_of(workshop, params, control);
    RunResult result;
    result.backup =
        to_wire(operation::back_up(open.archive(), request, control.monitor(), control.stop()));
    return result;
}

}  // namespace

operation::BackupRequest request_of(Workshop& workshop, const proto::BackupParams& params,
                                    RunControl& control)
{
    auto request = request_from(params);
    request.made = made_files(params.commands, settings_from(params.archive).temp_directory,
                              workshop, control);
    request.host_name = host_name();
    request.full_host_name = [name = request.host_name] { return full_host_name(name); };
    request.time = params.current_time.value_or(std::time(nullptr));
    request.stop_at_border = control.stop_at_border();
    if (params.tell_objects) {
        request.tell_object = [&control](const auto& change) { control.tell(to_wire(change)); };
    }
    if (params.tell_volumes) {
        request.tell_volume = [&control](const auto& step) { control.tell(to_wire(step)); };
    }
    return request;
}

OpenOptions open_options(RunControl& control)
{
    return {.locking = Locking::exclusive,
            .stop = control.stop(),
            .on_wait = [&control](const std::string& reason) { control.waiting(reason); },
            .on_retry =
                [&control](const remote::FailedAttempt& attempt) {
                    control.tell(proto::RetryEvent{std::string{attempt.operation}, attempt.number,
                                                   to_rpc(attempt.error)});
                    control.monitor().note(std::string{attempt.operation} + " failed, attempt " +
                                           std::to_string(attempt.number) + ": " +
                                           attempt.error.what());
                },
            .on_notice = [&control](const std::string& text) { control.monitor().note(text); },
            .on_warning = [&control](const Error& trouble) { control.monitor().warn(trouble); },
            .limits = control.limits(),
            .observer = &control.observer(),
            .stop_at_border = control.stop_at_border()};
}

RunFacts facts_of(proto::RunKind kind, proto::Lifetime lifetime,
                  const proto::ArchiveParams& archive, const Workshop& workshop)
{
    const auto place = place_of(archive, workshop.defaults);
    // Thrown now if at all: a request that cannot work should not wait in a queue first.
    static_cast<void>(settings_from(archive));
    static_cast<void>(remote_options(archive));
    RunFacts facts;
    facts.kind = kind;
    facts.lifetime = lifetime;
    facts.target = place.shown_target;
    facts.keys = place.keys();
    facts.no_wait = archive.no_wait;
    facts.may_ask = archive.use_agent;
    return facts;
}

PlannedRun plan(Workshop& workshop, proto::BackupParams params)
{
    static_cast<void>(request_from(params));
    check_commands(params.commands, workshop);
    auto facts = facts_of(proto::RunKind::backup, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                return back_up(workshop, params, control);
            }};
}

Questions::Body plan(Workshop& workshop, proto::CollectionStatusParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            auto options = open_unlocked(channel);
            auto archive = params.archive;
            if (params.undisturbed) {
                options.locking = Locking::exclusive;
                archive.no_wait = true;
            }
            OpenArchive open{archive, workshop.defaults, workshop.pool.get(), options};
            auto reply = to_wire(operation::collection_status(open.archive()));
            for (auto& part : take_parts(reply)) {
                part.request = id;
                const auto line = proto::notification_line(proto::collection_notification,
                                                           proto::write_message(part));
                if (!channel.push(line)) {
                    break;
                }
            }
            return reply;
        });
    };
}

}  // namespace duplid::daemon
