// SIGINT, SIGTERM and SIGHUP as something that can be waited for.
#pragma once

#include "ctl/process/fd.hpp"

#include <csignal>
#include <optional>

namespace duplid::ctl {

/// While this lives, SIGINT, SIGTERM and SIGHUP do not end the process but make fd() readable,
/// unless they were ignored before.
/// SIGPIPE is ignored from then on. Make it before any thread, and only once.
class Interrupts {
public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    /// For poll().
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /// The signal that came, if one did.
    [[nodiscard]] std::optional<int> take();

private:
    Fd fd_;
    sigset_t before_{};
};

}  // namespace duplid::ctl
