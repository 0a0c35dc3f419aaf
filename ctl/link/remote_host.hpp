// -H: the daemon of another machine, by way of ssh and "duplictl proxy" there.
#pragma once

#include "ctl/process/child.hpp"
#include "ctl/process/fd.hpp"
#include "ctl/process/peer_process.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ctl {

struct RemoteHost {
    std::string destination;  ///< as ssh takes it: "host" or "user@host"
    std::string port;         ///< empty: what ssh's configuration says
};

/// "[USER@]HOST[:PORT]", an IPv6 address with a port in brackets. Throws: Failure (usage), also for
/// what ssh could take for an option of its own.
[[nodiscard]] RemoteHost parse_remote_host(std::string_view text);

/// What is started: ssh, the host, and the proxy with `options` of which daemon is meant there.
/// The words behind the host are read by a shell there, and are quoted for it.
[[nodiscard]] std::vector<std::string> ssh_words(const RemoteHost& host,
                                                 const std::vector<std::string>& options);

/// The ssh behind a connection. It keeps our terminal, for questions about passwords and keys, and
/// our standard error, for what it and the proxy have to say.
class RemoteLink final : public PeerProcess {
public:
    /// Throws: Failure when ssh cannot be started.
    RemoteLink(const RemoteHost& host, const std::vector<std::string>& words);
    /// Our end must be closed. An ssh that does not end within two seconds is sent SIGTERM.
    ~RemoteLink() override;

    /// Our end of its standard input and output. Once.
    [[nodiscard]] Fd take_socket() noexcept { return std::move(socket_); }

    void abandon() noexcept override { abandoned_ = true; }
    [[nodiscard]] std::optional<proto::RpcError> why_gone() override;

private:
    std::string destination_;
    Fd socket_;
    std::optional<Child> child_;  ///< always, once the constructor is done
    bool abandoned_ = false;
};

/// Why ssh, or the proxy at its other end, ended: for what waitpid() told of it.
[[nodiscard]] proto::RpcError ending_of_link(const std::string& destination, int wait_status);

}  // namespace duplid::ctl
