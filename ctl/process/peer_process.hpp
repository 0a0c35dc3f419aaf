// What stands behind a connection when that is a process of ours.
#pragma once

#include "proto/error.hpp"

#include <optional>

namespace duplid::ctl {

/// A private daemon, or the ssh that leads to the daemon of another machine. Destroying it ends
/// it; our end of its socket must be closed before.
class PeerProcess {
public:
    PeerProcess() = default;
    PeerProcess(const PeerProcess&) = delete;
    PeerProcess& operator=(const PeerProcess&) = delete;
    virtual ~PeerProcess() = default;

    /// Do not wait for its end: it sees the connection close and stops by itself.
    virtual void abandon() noexcept = 0;
    /// Why it closed the connection, if that can be told within a second.
    [[nodiscard]] virtual std::optional<proto::RpcError> why_gone() = 0;
};

}  // namespace duplid::ctl
