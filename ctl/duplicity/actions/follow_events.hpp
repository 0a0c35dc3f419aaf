// A run of the daemon's, from its request to its last event.
#pragma once

#include "ctl/duplicity/actions/action.hpp"
#include "proto/event.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <chrono>
#include <functional>

namespace duplid::duplicity {

/// Hears of every event of a run, the last one apart.
using EventHandler = std::function<void(const proto::Event&)>;

/// The daemon holds our run when this process stands still for so long, as when a front end stops
/// it with SIGSTOP (front-ends.md 2.6).
inline constexpr std::chrono::seconds lease_duration{1};

/// Follows a run of ours, and stops it when the user breaks in. Throws: ctl::Interrupted when it
/// ended because of that; ctl::Failure.
[[nodiscard]] proto::DoneEvent follow_events(Context& context, std::uint64_t run,
                                             const EventHandler& handle);

/// Starts a run and follows it. Throws: as above, and ctl::Failure when it cannot begin.
template <class Params>
[[nodiscard]] proto::DoneEvent
start_and_follow(Context& context, const proto::Method<Params, proto::RunReply>& method,
                 const Params& params, const std::vector<ctl::SecretMember>& secrets,
                 const EventHandler& handle)
{
    context.session.begin_lease(lease_duration);
    const auto reply = context.session.call(method, params, secrets);
    return follow_events(context, reply.run, handle);
}

/// The same with the secrets that every request about an archive takes.
template <class Params>
[[nodiscard]] proto::DoneEvent
start_and_follow(Context& context, const proto::Method<Params, proto::RunReply>& method,
                 const Params& params, const EventHandler& handle)
{
    return start_and_follow(context, method, params, secret_members(context), handle);
}

}  // namespace duplid::duplicity
