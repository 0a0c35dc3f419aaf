#include "daemon/control/control_server.hpp"

#include "daemon/archive/errors.hpp"
#include "daemon/process/log.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace duplid::daemon {

ControlServer::ControlServer(Loop& loop, LoopMailbox& mailbox, proto::Instance instance,
                             std::optional<gid_t> watchers, Callbacks callbacks)
    : loop_{loop}, mailbox_{mailbox}, instance_{instance}, watchers_{watchers},
      callbacks_{std::move(callbacks)}
{
}

void ControlServer::listen(io::Fd socket)
{
    auto& listener = listener_.emplace();
    check_uv(uv_pipe_init(loop_.get(), listener.get(), 0), "listening");
    listener.initialised(this);
    check_uv(uv_pipe_open(listener.get(), socket.get()), "listening");
    static_cast<void>(socket.release());  // the handle closes it
    check_uv(uv_listen(reinterpret_cast<uv_stream_t*>(listener.get()), SOMAXCONN,
                       [](uv_stream_t* stream, int status) {
                           auto* self = static_cast<ControlServer*>(stream->data);
                           if (self != nullptr && status == 0) {
                               self->on_connection();
                           }
                       }),
             "listening");
}

void ControlServer::adopt(io::Fd socket)
{
    auto& session = add_session();
    session.connection().open(socket.get());
    static_cast<void>(socket.release());  // the handle closes it
    session.set_peer(::getuid(), Access::full);
    session.connection().start();
}

Session* ControlServer::find(std::uint64_t id) noexcept
{
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second.get();
}

void ControlServer::for_each(const std::function<void(Session&)>& use)
{
    for (const auto& [id, session] : sessions_) {
        use(*session);
    }
}

void ControlServer::end_when_sent()
{
    stop_listening();
    for (const auto& [id, session] : sessions_) {
        session->connection().end_when_sent();
    }
}

void ControlServer::on_connection()
{
    auto& session = add_session();
    try {
        session.connection().accept_from(reinterpret_cast<uv_stream_t*>(listener_->get()));
        admit(session);
    } catch (const Error& error) {
        log(LogLevel::warning, std::string{"a connection was lost: "} + error.what());
        sessions_.erase(session.id());
    }
}

Session& ControlServer::add_session()
{
    const auto id = next_id_++;
    auto& session = sessions_[id];
    session = std::make_unique<Session>(
        loop_, traffic_, id,
        Session::Callbacks{.on_line = callbacks_.on_line,
                           .on_lease_over = callbacks_.on_lease_over,
                           .on_input_end = callbacks_.on_input_end,
                           .on_end = [this](Session& ended) { on_session_end(ended); }});
    return *session;
}

void ControlServer::admit(Session& session)
{
    const auto peer = peer_of(session.connection().socket());
    session.set_peer(peer.uid, access_of(peer, instance_, ::geteuid(), watchers_));
    if (too_many(session)) {
        session.turn_away({proto::ErrorKind::too_many, "too many connections", "",
                           "close some, or try again later"});
        return;
    }
    session.connection().start();
}

bool ControlServer::too_many(const Session& newcomer) const
{
    std::size_t all = 0;
    std::size_t of_user = 0;
    for (const auto& [id, session] : sessions_) {
        // Many may come at once, and be told so, before the first of them has gone.
        if (!session->turned_away()) {
            ++all;
            of_user += session->uid() == newcomer.uid() ? 1 : 0;
        }
    }
    const auto most =
        newcomer.access() == Access::full ? sessions_max + sessions_kept_free : sessions_max;
    return all > most || of_user > sessions_per_user_max;
}

void ControlServer::on_session_end(Session& session)
{
    session.close_answers();
    callbacks_.on_end(session);
    // Later, because this call comes from inside of it.
    mailbox_.post([this, id = session.id()] {
        if (sessions_.erase(id) > 0 && sessions_.empty()) {
            callbacks_.on_last_end();
        }
    });
}

}  // namespace duplid::daemon
