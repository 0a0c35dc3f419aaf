// One blocking connection to a daemon: lines out, lines in.
#pragma once

#include "ctl/fd.hpp"
#include "proto/line.hpp"
#include "proto/secret_text.hpp"

#include <optional>
#include <string>

namespace duplid::ctl {

class Connection {
public:
    /// `peer` names the daemon in messages.
    Connection(Fd socket, std::string peer) : socket_{std::move(socket)}, peer_{std::move(peer)} {}

    /// Connects to a socket in the file system. Throws: Failure unreachable (nobody listens),
    /// denied.
    [[nodiscard]] static Connection to(const std::string& path);

    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

    /// Writes a whole line. false when the daemon is gone.
    [[nodiscard]] bool send(const proto::WipedBuffer& line);

    /// A line that has arrived already.
    [[nodiscard]] std::optional<proto::WipedBuffer> next() { return lines_.next(); }

    /// Takes what has arrived; poll() said that something has. false when the daemon has closed.
    /// Throws: Failure when a line grows beyond all bounds.
    [[nodiscard]] bool receive();

    void close() noexcept { socket_.close(); }

private:
    Fd socket_;
    std::string peer_;
    proto::LineSplitter lines_;
};

}  // namespace duplid::ctl
