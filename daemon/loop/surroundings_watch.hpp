// Tells when something around this machine has changed that jobs may be waiting for.
#pragma once

#include "daemon/loop/loop.hpp"
#include "storage/io/fd.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <optional>

namespace duplid::daemon {

/// Loop thread. Hears of links and routes (rtnetlink), of power supplies and disks (the kernel's
/// uevents), and of mounts (/proc/self/mountinfo). What cannot be watched here (a sandbox without
/// netlink) is not; jobs that wait are looked at now and then anyway.
class SurroundingsWatch {
public:
    /// Changes come in bursts: a network that goes up is a dozen messages. One call tells of all.
    static constexpr std::chrono::milliseconds burst = std::chrono::seconds{2};

    SurroundingsWatch(Loop& loop, std::function<void()> on_change);
    SurroundingsWatch(const SurroundingsWatch&) = delete;
    SurroundingsWatch& operator=(const SurroundingsWatch&) = delete;

    /// Listens, or stops to: an idle daemon is not woken by anything.
    void watch(bool on);

private:
    struct Source {
        io::Fd descriptor;
        bool has_messages;  ///< to be read; otherwise the event is all there is
        SurroundingsWatch* owner;
        LoopHandle<uv_poll_t> poll;  ///< before the descriptor is closed, it is no longer polled
    };

    void add_netlink(int family, unsigned groups);
    void add_mounts();
    void add(io::Fd descriptor, bool has_messages);
    void heard(Source& source);

    Loop& loop_;
    LoopTimer after_burst_;
    bool in_burst_ = false;
    std::list<Source> sources_;  ///< whose addresses libuv has
};

}  // namespace duplid::daemon
