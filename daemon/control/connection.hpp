// One client's stream socket: bytes in, lines out.
#pragma once

#include "daemon/control/traffic.hpp"
#include "daemon/loop/loop.hpp"
#include "proto/line.hpp"
#include "storage/io/fd.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace duplid::daemon {

/// Loop thread. Callbacks may not destroy it; on_end says that its owner should, later.
class Connection {
public:
    /// More than this unsent, and has_room() says no, and nothing more is read: a client that
    /// does not read its answers may not ask on either. It is less while Traffic is tight.
    static constexpr std::size_t unsent_bytes_max = 2 * proto::line_bytes_max;

    struct Callbacks {
        std::function<void(proto::WipedBuffer)> on_line;
        std::function<void()> on_overflow;  ///< a line was too long; no more lines will come
        /// A line is long, has not ended, and all connections together hold too much: this one has
        /// to go.
        std::function<void()> on_crowded;
        std::function<void()> on_room;  ///< bytes have gone out
        /// No more lines will come, but the peer still reads: it has shut down its sending side.
        std::function<void()> on_input_end;
        std::function<void()> on_end;  ///< closed by the peer, or broken; called once
    };

    /// Not open yet: accept or open, then start.
    Connection(Loop& loop, Traffic& traffic, Callbacks callbacks);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Takes a connection from a listening pipe, or an open socket. Throws: Error.
    void accept_from(uv_stream_t* listener);
    void open(int socket);
    void start();

    [[nodiscard]] int socket() const;

    /// Takes a whole line with its newline. Lost without a word when the peer has gone.
    void send(std::string line);
    [[nodiscard]] bool has_room() const noexcept
    {
        return unsent_bytes_ <
               (traffic_.unsent.is_tight() ? Traffic::tight_bytes_max : unsent_bytes_max);
    }

    /// Reads no more; on_end comes once everything is sent.
    void end_when_sent();

private:
    struct Write;

    void on_bytes(std::string_view bytes);
    void on_input_end();
    void watch_departure();
    void serve_lines();
    void count_unfinished() noexcept;
    void set_unsent(std::size_t bytes) noexcept;
    void on_sent(std::size_t bytes, int status);
    void set_reading(bool reading);
    void end();

    Traffic& traffic_;
    Callbacks callbacks_;
    proto::LineSplitter lines_;
    std::size_t unfinished_bytes_ = 0;  ///< of lines_, as counted in traffic_
    std::size_t unsent_bytes_ = 0;
    bool reading_ = false;
    bool input_over_ = false;
    bool ending_ = false;
    bool ended_ = false;
    LoopHandle<uv_pipe_t> pipe_;
    /// The socket once more, when nothing is read from it any longer: see watch_departure().
    io::Fd departure_fd_;
    std::optional<LoopHandle<uv_poll_t>> departure_;
};

}  // namespace duplid::daemon
