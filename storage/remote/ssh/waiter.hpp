// Waiting for descriptors on behalf of one connection.
#pragma once

#include "storage/io/fd.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <poll.h>
#include <span>
#include <stop_token>
#include <string>

namespace duplid::ssh {

/// One thread at a time.
class Waiter {
public:
    /// `patience` is for how long nothing may move; `name` says in messages who is waited for.
    Waiter(const std::stop_token& stop, std::chrono::seconds patience, std::string name);
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// Returns once one of them is ready. At most four. Throws: Error cancelled on a stop,
    /// unreachable when none is for as long as patience goes. The time in which this process was
    /// held still by a signal does not count.
    void wait(std::span<const pollfd> fds);

    /// An operation may take so many times longer before it counts as stuck.
    void be_patient(int times) noexcept { times_ = times; }
    /// Throws: Error cancelled when a stop was requested.
    void check() const;
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    [[nodiscard]] std::chrono::seconds patience() const noexcept { return patience_; }

private:
    struct Wake {
        int event;
        void operator()() const noexcept;
    };

    std::stop_token stop_;
    std::chrono::seconds patience_;
    int times_ = 1;
    std::string name_;
    io::Fd event_;
    std::optional<std::stop_callback<Wake>> waker_;
};

}  // namespace duplid::ssh
