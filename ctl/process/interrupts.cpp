#include "ctl/process/interrupts.hpp"

#include "ctl/process/failure.hpp"

#include <cerrno>
#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace duplid::ctl {

Interrupts::Interrupts()
{
    sigset_t set{};
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        // What our caller has us ignore (nohup, a background job of a shell) stays ignored:
        // blocked, it would reach us all the same.
        struct sigaction present {};
        if (sigaction(signal, nullptr, &present) == 0 && present.sa_handler != SIG_IGN) {
            sigaddset(&set, signal);
        }
    }
    sigprocmask(SIG_BLOCK, &set, &before_);
    fd_ = Fd{signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!fd_.is_open()) {
        throw system_failure(proto::ErrorKind::internal, "watching for signals", {}, errno);
    }
    // Whoever reads our output may go away; that is an error of write() and not our death.
    std::signal(SIGPIPE, SIG_IGN);
}

Interrupts::~Interrupts()
{
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> Interrupts::take()
{
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
        return std::nullopt;
    }
    return static_cast<int>(info.ssi_signo);
}

}  // namespace duplid::ctl
