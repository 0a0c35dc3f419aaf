// One client: its connection, what it may do, what it watches, and its promise to stay alive.
#pragma once

#include "daemon/control/connection.hpp"
#include "daemon/control/peer.hpp"
#include "daemon/loop/loop.hpp"
#include "daemon/questions/answer_channel.hpp"
#include "daemon/runs/run.hpp"
#include "proto/envelope.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace duplid::daemon {

/// Loop thread. Events and answers are pulled: only while the connection has room, so what a slow
/// client has not read waits where it is bounded (EventLog, AnswerChannel).
class Session {
public:
    /// Runs watched and questions asked at the same time.
    static constexpr std::size_t watches_max = 32;
    static constexpr std::size_t answers_max = 4;

    struct Callbacks {
        std::function<void(Session&, proto::WipedBuffer)> on_line;
        std::function<void(Session&)> on_lease_over;
        /// The client asks nothing more, but waits for what it has asked; its lease is over.
        std::function<void(Session&)> on_input_end;
        std::function<void(Session&)> on_end;
    };

    Session(Loop& loop, Traffic& traffic, std::uint64_t id, Callbacks callbacks);

    [[nodiscard]] Connection& connection() noexcept { return connection_; }
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] Access access() const noexcept { return access_; }
    [[nodiscard]] uid_t uid() const noexcept { return uid_; }
    void set_peer(uid_t uid, Access access) noexcept;
    /// It only gets to know why it cannot stay.
    [[nodiscard]] bool turned_away() const noexcept { return turned_away_; }
    void turn_away(const proto::RpcError& why);
    [[nodiscard]] bool greeted() const noexcept { return greeted_; }
    void set_greeted() noexcept { greeted_ = true; }

    void reply(const proto::Json& id, proto::Json result);
    void reply_error(const proto::Json& id, const proto::RpcError& error);

    /// Sends events of `run` from number `seq` on, after what was sent already.
    /// Throws: ProtocolError too_many.
    void watch(std::shared_ptr<Run> run, std::uint64_t seq);
    /// Throws: ProtocolError too_many when no further answer may be added.
    void check_answers() const;
    /// Sends what comes through `answer`.
    void add_answer(std::shared_ptr<AnswerChannel> answer);

    /// Sends whatever there is, as far as there is room. When a client that asks nothing more has
    /// everything, the connection ends.
    void pump();

    /// A reply to a request is still to come, and comes neither by watch() nor by add_answer().
    void expect_reply() noexcept { ++replies_expected_; }
    void reply_came() noexcept { --replies_expected_; }

    /// Starts or renews the lease. Returns whether it had run out.
    bool renew_lease(std::chrono::seconds duration);

    /// The peer is gone: nobody listens to answers any more.
    void close_answers();

private:
    struct Watch {
        std::shared_ptr<Run> run;
        std::uint64_t next_seq;
    };

    void cut_off(const proto::RpcError& why);
    void on_input_end();
    void pump_answers();
    void pump_watches();
    [[nodiscard]] bool is_owed_something() const noexcept;

    Loop& loop_;
    std::uint64_t id_;
    Callbacks callbacks_;
    Access access_ = Access::none;
    uid_t uid_ = 0;
    bool greeted_ = false;
    bool turned_away_ = false;
    bool lease_over_ = false;
    bool input_over_ = false;
    unsigned replies_expected_ = 0;
    std::optional<LoopTimer> lease_;
    std::map<std::uint64_t, Watch> watches_;
    std::vector<std::shared_ptr<AnswerChannel>> answers_;
    Connection connection_;
};

}  // namespace duplid::daemon
