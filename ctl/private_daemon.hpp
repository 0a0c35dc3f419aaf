// A daemon for one command: started as a child, reached through a socket pair, gone with it.
//
// Being its child, it has the caller's rights, working directory, limits, niceness, namespaces and
// environment, but for the secrets in the latter (architecture.md 1).
#pragma once

#include "ctl/fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace duplid::ctl {

/// Where duplid's program is: beside our own, in the build tree, or in PATH. The result may be a
/// bare name, for execvp().
[[nodiscard]] std::string daemon_program();

/// What standard input and output of a private daemon are. Standard error is always the caller's.
enum class Streams {
    none,  ///< /dev/null: they are the client's to use
    lent,  ///< the client's, which does not touch them while requests of its own use them
};

class PrivateDaemon {
public:
    /// Starts it. Throws: Failure when that is impossible.
    explicit PrivateDaemon(const std::string& program, Streams streams = Streams::none);
    PrivateDaemon(const PrivateDaemon&) = delete;
    PrivateDaemon& operator=(const PrivateDaemon&) = delete;

    /// Waits until it has ended, which it does once our end of the socket is closed: do that
    /// first. One that takes longer than ten seconds is sent SIGTERM and left to itself.
    ~PrivateDaemon();

    /// Our end of the socket pair. Once.
    [[nodiscard]] Fd take_socket() noexcept { return std::move(socket_); }

    /// Do not wait for its end: it sees the connection close and stops by itself.
    void abandon() noexcept { abandoned_ = true; }

    /// How it ended, in words, if it did, or does within a second.
    [[nodiscard]] std::optional<std::string> ending();

private:
    /// Whether it has ended within `milliseconds`.
    bool wait(int milliseconds) noexcept;

    Fd socket_;
    pid_t pid_ = -1;
    Fd pidfd_;
    bool abandoned_ = false;
    bool ended_ = false;
    int status_ = 0;
};

}  // namespace duplid::ctl
