// One blocking connection to a daemon: lines out, lines in.
#pragma once

#include "ctl/process/fd.hpp"
#include "proto/line.hpp"
#include "proto/secret_text.hpp"

#include <optional>
#include <string>

namespace duplid::ctl {

class Connection {
public:
    /// `peer` names the daemon in messages. `noise_hint`: what a person can do when somebody else
    /// has spoken in between; empty where nobody can.
    Connection(Fd socket, std::string peer, std::string noise_hint = {})
        : socket_{std::move(socket)}, peer_{std::move(peer)}, noise_hint_{std::move(noise_hint)}
    {
    }

    /// Connects to a socket in the file system. Throws: Failure unreachable (nobody listens),
    /// denied.
    [[nodiscard]] static Connection to(const std::string& path);

    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
    [[nodiscard]] const std::string& noise_hint() const noexcept { return noise_hint_; }

    /// Writes a whole line. false when the daemon is gone.
    [[nodiscard]] bool send(const proto::WipedBuffer& line);

    /// A line that has arrived already.
    [[nodiscard]] std::optional<proto::WipedBuffer> next() { return lines_.next(); }

    /// Takes what has arrived; poll() said that something has. false when the daemon has closed.
    /// Throws: Failure when a line grows beyond all bounds.
    [[nodiscard]] bool receive();

    void close() noexcept { socket_.close(); }
    /// For somebody else to speak on.
    [[nodiscard]] Fd take_socket() noexcept { return std::move(socket_); }

private:
    Fd socket_;
    std::string peer_;
    std::string noise_hint_;
    proto::LineSplitter lines_;
};

}  // namespace duplid::ctl
