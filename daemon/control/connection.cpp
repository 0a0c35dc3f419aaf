#include "daemon/control/connection.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <utility>

namespace duplid::daemon {

namespace {

uv_stream_t* stream_of(const LoopHandle<uv_pipe_t>& pipe) noexcept
{
    return reinterpret_cast<uv_stream_t*>(pipe.get());
}

/// Whether the peer has closed its end, and not only the side it sends on: unix(7) reports the
/// first as POLLHUP, the second as the end of what can be read.
bool has_gone(int socket) noexcept
{
    pollfd one{socket, 0, 0};
    return ::poll(&one, 1, 0) > 0 && (one.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

/// Lives until libuv is done with it, maybe longer than the connection; libuv hands it back.
struct Connection::Write {
    uv_write_t request{};
    std::string line;

    /// What it takes of memory: most lines are shorter than what goes with them.
    [[nodiscard]] std::size_t bytes() const noexcept { return line.size() + sizeof(Write); }
};

Connection::Connection(Loop& loop, Traffic& traffic, Callbacks callbacks)
    : traffic_{traffic}, callbacks_{std::move(callbacks)}
{
    check_uv(uv_pipe_init(loop.get(), pipe_.get(), 0), "making a connection");
    pipe_.initialised(this);
}

Connection::~Connection()
{
    traffic_.unsent.change(unsent_bytes_, 0);
    traffic_.unfinished.change(unfinished_bytes_, 0);
}

void Connection::accept_from(uv_stream_t* listener)
{
    check_uv(uv_accept(listener, stream_of(pipe_)), "accepting a connection");
}

void Connection::open(int socket)
{
    check_uv(uv_pipe_open(pipe_.get(), socket), "opening the control socket");
}

void Connection::start()
{
    set_reading(true);
}

int Connection::socket() const
{
    uv_os_fd_t socket = -1;
    check_uv(uv_fileno(reinterpret_cast<const uv_handle_t*>(pipe_.get()), &socket),
             "asking for a socket");
    return socket;
}

void Connection::send(std::string line)
{
    if (ended_) {
        return;
    }
    auto write = std::make_unique<Write>();
    write->line = std::move(line);
    write->request.data = write.get();
    const auto bytes = write->bytes();
    const auto buffer = uv_buf_init(write->line.data(), static_cast<unsigned>(write->line.size()));
    const int code = uv_write(
        &write->request, stream_of(pipe_), &buffer, 1, [](uv_write_t* request, int status) {
            const std::unique_ptr<Write> done{static_cast<Write*>(request->data)};
            if (auto* self = static_cast<Connection*>(request->handle->data)) {
                self->on_sent(done->bytes(), status);
            }
        });
    if (code < 0) {
        end();
        return;
    }
    static_cast<void>(write.release());  // to the callback above
    set_unsent(unsent_bytes_ + bytes);
    if (!has_room()) {
        set_reading(false);
    }
}

void Connection::end_when_sent()
{
    ending_ = true;
    set_reading(false);
    if (unsent_bytes_ == 0) {
        end();
    }
}

void Connection::on_bytes(std::string_view bytes)
{
    lines_.feed(bytes);
    serve_lines();
    count_unfinished();
    if (!has_room()) {
        set_reading(false);  // until what is unsent has gone, also if that is no more than before
    }
    if (traffic_.unfinished.is_tight() && unfinished_bytes_ > Traffic::tight_bytes_max &&
        has_room() && !ending_ && !ended_) {
        callbacks_.on_crowded();
    }
}

void Connection::count_unfinished() noexcept
{
    const auto before = std::exchange(unfinished_bytes_, lines_.pending());
    traffic_.unfinished.change(before, unfinished_bytes_);
}

void Connection::set_unsent(std::size_t bytes) noexcept
{
    traffic_.unsent.change(unsent_bytes_, bytes);
    unsent_bytes_ = bytes;
}

void Connection::serve_lines()
{
    // One read may bring thousands of short requests with long answers: those for whose answers
    // there is no room stay where they are.
    while (has_room() && !ending_ && !ended_) {
        auto line = lines_.next();
        if (!line) {
            break;
        }
        callbacks_.on_line(std::move(*line));
    }
    if (lines_.overflowed() && !ending_ && !ended_) {
        callbacks_.on_overflow();
    }
}

void Connection::on_input_end()
{
    if (has_gone(socket())) {
        end();
        return;
    }
    set_reading(false);
    input_over_ = true;
    try {
        watch_departure();
    } catch (const Error&) {
        // Without descriptors to spare: it is treated as gone, as it was served up to here.
        end();
        return;
    }
    callbacks_.on_input_end();
}

/// libuv tells of a peer that goes only through reading, which has nothing more to say. epoll
/// reports the hang-up whatever else is asked for: here, urgent data, which such sockets do not
/// have. A descriptor may be watched once, hence another one.
void Connection::watch_departure()
{
    departure_fd_ = io::Fd{::fcntl(socket(), F_DUPFD_CLOEXEC, 0)};
    if (!departure_fd_) {
        throw system_error(errno, "watching a connection", {});
    }
    auto& watch = departure_.emplace();
    check_uv(uv_poll_init(pipe_->loop, watch.get(), departure_fd_.get()), "watching a connection");
    watch.initialised(this);
    check_uv(uv_poll_start(watch.get(), UV_PRIORITIZED,
                           [](uv_poll_t* handle, int, int) {
                               auto* self = static_cast<Connection*>(handle->data);
                               if (self != nullptr && has_gone(self->departure_fd_.get())) {
                                   uv_poll_stop(handle);
                                   self->end();
                               }
                           }),
             "watching a connection");
}

void Connection::on_sent(std::size_t bytes, int status)
{
    set_unsent(unsent_bytes_ - bytes);
    if (status < 0) {
        end();
    } else if (ending_) {
        if (unsent_bytes_ == 0) {
            end();
        }
    } else if (!ended_) {
        serve_lines();
        count_unfinished();
        callbacks_.on_room();
        set_reading(has_room() && !ending_);
    }
}

void Connection::set_reading(bool reading)
{
    if (reading == reading_ || ended_ || (reading && input_over_)) {
        return;
    }
    reading_ = reading;
    if (!reading) {
        uv_read_stop(stream_of(pipe_));
        return;
    }
    uv_read_start(
        stream_of(pipe_),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
            const auto place = static_cast<Connection*>(handle->data)->traffic_.place_to_read();
            *buffer = uv_buf_init(place.data(), static_cast<unsigned>(place.size()));
        },
        [](uv_stream_t* stream, ssize_t bytes, const uv_buf_t* buffer) {
            auto* self = static_cast<Connection*>(stream->data);
            if (self == nullptr || bytes == 0) {
                return;
            }
            if (bytes == UV_EOF) {
                self->on_input_end();
                return;
            }
            if (bytes < 0) {
                self->end();
                return;
            }
            self->on_bytes({buffer->base, static_cast<std::size_t>(bytes)});
            // Requests may carry passphrases.
            proto::wipe_memory(buffer->base, static_cast<std::size_t>(bytes));
        });
}

void Connection::end()
{
    if (ended_) {
        return;
    }
    set_reading(false);
    ended_ = true;
    callbacks_.on_end();
}

}  // namespace duplid::daemon
