// A conversation with one daemon: calls with their answers, notifications in between, the lease
// that keeps our runs going, and the user who may break in.
//
// One thread. Everything waits in one poll().
#pragma once

#include "ctl/link/connection.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/process/peer_process.hpp"
#include "proto/envelope.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ctl {

/// A secret that goes into a request's params under this name.
struct SecretMember {
    std::string_view name;
    proto::SecretText value;
    /// Not empty: `name` is that of a list, and this a variable in it (proto::VariableParams).
    std::string variable{};
};

/// A request as a line. Secrets are put in here and not in `params`, because a JSON value would
/// leave copies of them behind. Throws: Failure (usage) if the line is longer than a daemon reads.
[[nodiscard]] proto::WipedBuffer request_text(std::uint64_t id, std::string_view method,
                                              proto::Json params,
                                              const std::vector<SecretMember>& secrets);

class Session {
public:
    using Handler = std::function<void(const proto::Notification&)>;

    /// `process` is what stands behind `connection`, if it is ours. Says hello.
    /// Throws: Failure.
    Session(Connection connection, std::unique_ptr<PeerProcess> process, Interrupts& interrupts);

    [[nodiscard]] const proto::HelloReply& hello() const noexcept { return hello_; }
    [[nodiscard]] const std::string& peer() const noexcept { return connection_.peer(); }

    /// Calls a method and waits for its answer. Notifications that come before it go to
    /// `on_notification`. The JSON is that of the wire, so that --json shows also what this
    /// program does not know.
    /// Throws: Failure with the daemon's error; Interrupted.
    [[nodiscard]] proto::Json call_json(std::string_view method, proto::Json params,
                                        const std::vector<SecretMember>& secrets = {},
                                        const Handler& on_notification = {});

    template <proto::Message Params, proto::Message Reply>
    [[nodiscard]] Reply call(const proto::Method<Params, Reply>& method, const Params& params,
                             const std::vector<SecretMember>& secrets = {})
    {
        return proto::read_message<Reply>(
            call_json(method.name, proto::write_message(params), secrets),
            proto::Strictness::reply);
    }

    /// Follows notifications until `handle` answers false. A run of ours (`stop_run`) is stopped
    /// when the user breaks in, and followed to its end; a second time ends the wait at once, as
    /// does the first when there is no run to stop.
    /// Throws: Failure when the daemon goes away; Interrupted.
    void follow(std::optional<std::uint64_t> stop_run,
                const std::function<bool(const proto::Notification&)>& handle);

    /// Waits for a notification until `end`, or less when a signal came that somebody handles (a
    /// window's new size). Throws: Failure when the daemon goes away; Interrupted.
    [[nodiscard]] std::optional<proto::Notification>
    next_notification(std::chrono::steady_clock::time_point end);

    /// The signal that made follow() stop a run.
    [[nodiscard]] std::optional<int> stopped_by() const noexcept { return stopped_by_; }

    /// From now on the daemon holds our runs whenever this process stands still, and lets them go
    /// on with it (a front end stops us with SIGSTOP to pause a backup). `duration` is how long it
    /// may stand still unnoticed.
    void begin_lease(std::chrono::seconds duration = std::chrono::seconds{10});

    /// Called whenever something came, and at least as often as the lease is renewed, which is
    /// three times within it. For what has to be shown also while nothing happens.
    void set_heartbeat(std::function<void()> heartbeat) { heartbeat_ = std::move(heartbeat); }

private:
    using Clock = std::chrono::steady_clock;
    using Message = std::variant<proto::Reply, proto::Notification>;

    std::uint64_t send(std::string_view method, proto::Json params,
                       const std::vector<SecretMember>& secrets = {});
    /// The next message, or nothing when the user broke in.
    std::optional<Message> receive();
    /// What has arrived, if it is a whole message.
    std::optional<Message> take_message();
    /// For something to arrive, until `end` at most; or for any signal that is handled.
    void wait(std::optional<Clock::time_point> end);
    void renew_lease_if_due();
    void heed_last_words();
    [[noreturn]] void report_lost_daemon();

    // The connection must close before the end of the process is waited for.
    std::unique_ptr<PeerProcess> process_;
    Connection connection_;
    Interrupts& interrupts_;
    proto::HelloReply hello_;
    std::uint64_t last_id_ = 0;
    std::optional<Clock::time_point> lease_due_;
    std::chrono::seconds lease_{};
    std::function<void()> heartbeat_;
    std::optional<int> signal_;
    std::optional<int> stopped_by_;
};

}  // namespace duplid::ctl
