#include "ctl/duplicity/actions/follow_events.hpp"

#include "ctl/process/failure.hpp"
#include "proto/reader.hpp"

#include <optional>

namespace duplid::duplicity {

proto::DoneEvent follow_events(Context& context, std::uint64_t run, const EventHandler& handle)
{
    auto& session = context.session;
    std::optional<proto::DoneEvent> done;
    const auto take = [&](const proto::Notification& notification) {
        if (notification.method != proto::event_notification) {
            return true;
        }
        const auto event =
            proto::read_message<proto::Event>(notification.params, proto::Strictness::reply);
        if (event.run != run) {
            return true;
        }
        if (const auto* last = std::get_if<proto::DoneEvent>(&event.what)) {
            done = *last;
        } else {
            handle(event);
        }
        return !done;
    };
    // Nothing is missed between this call and the last: events are replayed from the first.
    proto::RunWatchParams params;
    params.run = run;
    static_cast<void>(session.call_json(proto::methods::run_watch.name,
                                        proto::write_message(params), {},
                                        [&](const auto& early) { take(early); }));
    if (!done) {
        session.follow(run, take);
    }
    if (done->state == proto::RunState::cancelled && session.stopped_by()) {
        throw ctl::Interrupted{*session.stopped_by()};
    }
    return *done;
}

}  // namespace duplid::duplicity
