// A daemon for one command: started as a child, reached through a socket pair, gone with it.
//
// Being its child, it has the caller's rights, working directory, limits, niceness, namespaces and
// environment, but for the secrets in the latter (architecture.md 1).
#pragma once

#include "ctl/process/child.hpp"
#include "ctl/process/fd.hpp"
#include "ctl/process/peer_process.hpp"

#include <optional>
#include <string>

namespace duplid::ctl {

/// Where duplid's program is: beside our own, in the build tree, or in PATH. The result may be a
/// bare name, for execvp().
[[nodiscard]] std::string daemon_program();

/// What standard input and output of a private daemon are. Standard error is always the caller's.
enum class Streams {
    none,  ///< /dev/null: they are the client's to use
    lent,  ///< the client's, which does not touch them while requests of its own use them
};

class PrivateDaemon final : public PeerProcess {
public:
    /// Starts it. Throws: Failure when that is impossible.
    explicit PrivateDaemon(const std::string& program, Streams streams = Streams::none);

    /// Waits until it has ended, which it does once our end of the socket is closed: do that
    /// first. One that takes longer than ten seconds is sent SIGTERM and left to itself.
    ~PrivateDaemon() override;

    /// Our end of the socket pair. Once.
    [[nodiscard]] Fd take_socket() noexcept { return std::move(socket_); }

    void abandon() noexcept override { abandoned_ = true; }

    /// How it ended, in words, if it did, or does within a second.
    [[nodiscard]] std::optional<std::string> ending();
    [[nodiscard]] std::optional<proto::RpcError> why_gone() override;

private:
    Fd socket_;
    std::optional<Child> child_;  ///< always, once the constructor is done
    bool abandoned_ = false;
};

}  // namespace duplid::ctl
