// The login manager's delay of sleep and shutdown: org.freedesktop.login1(5), "Inhibitor Locks".
#pragma once

#include "daemon/loop/loop.hpp"
#include "storage/io/fd.hpp"

#include <functional>
#include <memory>
#include <optional>

struct sd_bus;
struct sd_bus_message;

namespace duplid::daemon {

/// Loop thread. While it has the lock, a machine that is to sleep, or to be switched off, says so
/// and waits a few seconds (InhibitDelayMaxSec= of logind.conf(5)) for the lock to be given back.
///
/// Where there is no system bus, or no login manager on it, nothing happens, and that is no error:
/// the machine then sleeps when it likes, and what was under way fails and is repeated.
class LoginInhibitor {
public:
    /// Told true when the machine is about to sleep or to be switched off, false when it is awake
    /// again, stays on after all, or nobody can tell any more.
    using OnPrepare = std::function<void(bool about_to)>;

    LoginInhibitor(Loop& loop, OnPrepare on_prepare);
    LoginInhibitor(const LoginInhibitor&) = delete;
    LoginInhibitor& operator=(const LoginInhibitor&) = delete;
    ~LoginInhibitor();

    /// Connects if there is no connection, and asks for the lock. Having it already, or waiting for
    /// it, does nothing. After a failure the next attempt is after disconnect().
    void take();
    /// Gives the lock back, and goes on listening.
    void release();
    /// No lock and no connection: an idle daemon has neither.
    void disconnect();

private:
    struct BusCloser {
        void operator()(sd_bus* bus) const noexcept;
    };

    bool connect();
    void ask();
    void on_reply(sd_bus_message* reply);
    void on_signal(sd_bus_message* signal);
    /// Serves what has come, and says what to wait for next.
    void serve();
    void wait_for_more();
    void lose();

    Loop& loop_;
    OnPrepare on_prepare_;
    bool has_failed_ = false;
    bool is_wanted_ = false;
    bool is_asked_ = false;
    bool about_to_ = false;
    io::Fd lock_;
    LoopTimer timer_;
    std::unique_ptr<sd_bus, BusCloser> bus_;
    std::optional<LoopHandle<uv_poll_t>> poll_;  ///< of the bus's descriptor: goes before it
};

}  // namespace duplid::daemon
