// One client's stream socket: bytes in, lines out.
#pragma once

#include "daemon/loop.hpp"
#include "proto/line.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace duplid::daemon {

/// Loop thread. Callbacks may not destroy it; on_end says that its owner should, later.
class Connection {
public:
    /// More than this unsent, and has_room() says no, and nothing more is read: a client that
    /// does not read its answers may not ask on either.
    static constexpr std::size_t unsent_bytes_max = 2 * proto::line_bytes_max;

    struct Callbacks {
        std::function<void(proto::WipedBuffer)> on_line;
        std::function<void()> on_overflow;  ///< a line was too long; no more lines will come
        std::function<void()> on_room;      ///< bytes have gone out
        std::function<void()> on_end;       ///< closed by the peer, or broken; called once
    };

    /// Not open yet: accept or open, then start.
    Connection(Loop& loop, Callbacks callbacks);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Takes a connection from a listening pipe, or an open socket. Throws: Error.
    void accept_from(uv_stream_t* listener);
    void open(int socket);
    void start();

    [[nodiscard]] int socket() const;

    /// Takes a whole line with its newline. Lost without a word when the peer has gone.
    void send(std::string line);
    [[nodiscard]] bool has_room() const noexcept { return unsent_bytes_ < unsent_bytes_max; }

    /// Reads no more; on_end comes once everything is sent.
    void end_when_sent();

private:
    struct Write;

    void on_bytes(std::string_view bytes);
    void serve_lines();
    void on_sent(std::size_t bytes, int status);
    void set_reading(bool reading);
    void end();

    Callbacks callbacks_;
    proto::LineSplitter lines_;
    std::array<char, 65'536> buffer_{};
    std::size_t unsent_bytes_ = 0;
    bool reading_ = false;
    bool ending_ = false;
    bool ended_ = false;
    LoopHandle<uv_pipe_t> pipe_;
};

}  // namespace duplid::daemon
