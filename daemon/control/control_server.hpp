// All connections: who may come in, and where they are found again.
#pragma once

#include "daemon/control/connection.hpp"
#include "daemon/control/peer.hpp"
#include "daemon/control/session.hpp"
#include "daemon/loop/loop.hpp"
#include "storage/io/fd.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace duplid::daemon {

/// Loop thread.
class ControlServer {
public:
    static constexpr std::size_t sessions_max = 2048;
    static constexpr std::size_t sessions_per_user_max = 1024;
    /// Beyond sessions_max for those who may do everything: who may only watch cannot lock them
    /// out.
    static constexpr std::size_t sessions_kept_free = 64;

    struct Callbacks {
        std::function<void(Session&, proto::WipedBuffer)> on_line;
        /// The client did not renew its lease.
        std::function<void(Session&)> on_lease_over;
        /// The client has shut down its sending side: it gets what it has asked for, and then the
        /// end of the connection.
        std::function<void(Session&)> on_input_end;
        /// The connection has ended; the session is destroyed afterwards.
        std::function<void(Session&)> on_end;
        /// After the last session's end.
        std::function<void()> on_last_end;
    };

    /// `watchers`: the group whose members may watch a system instance.
    ControlServer(Loop& loop, LoopMailbox& mailbox, proto::Instance instance,
                  std::optional<gid_t> watchers, Callbacks callbacks);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// Takes connections from a listening socket.
    void listen(io::Fd socket);
    /// Serves the one client at the other end of a socket pair, who made us: it may do everything.
    void adopt(io::Fd socket);

    [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }
    /// Null when it has gone.
    [[nodiscard]] Session* find(std::uint64_t id) noexcept;
    void for_each(const std::function<void(Session&)>& use);

    /// Takes no more connections; those there are end when everything was sent.
    void end_when_sent();
    void stop_listening() noexcept { listener_.reset(); }

private:
    void on_connection();
    Session& add_session();
    void admit(Session& session);
    [[nodiscard]] bool too_many(const Session& newcomer) const;
    void on_session_end(Session& session);

    Loop& loop_;
    LoopMailbox& mailbox_;
    proto::Instance instance_;
    std::optional<gid_t> watchers_;
    Callbacks callbacks_;
    Traffic traffic_;
    std::uint64_t next_id_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Session>> sessions_;
    std::optional<LoopHandle<uv_pipe_t>> listener_;
};

}  // namespace duplid::daemon
