#include "ctl/link/proxy.hpp"

#include "ctl/process/failure.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace duplid::ctl {

namespace {

constexpr std::size_t held_bytes_max = 1 << 16;

/// While it lives, reading and writing a descriptor do not block. Others may share it: a terminal.
class NotBlocking {
public:
    explicit NotBlocking(int descriptor)
        : descriptor_{descriptor}, before_{::fcntl(descriptor, F_GETFL)}
    {
        ::fcntl(descriptor_, F_SETFL, before_ | O_NONBLOCK);
    }
    NotBlocking(const NotBlocking&) = delete;
    NotBlocking& operator=(const NotBlocking&) = delete;
    ~NotBlocking() { ::fcntl(descriptor_, F_SETFL, before_); }

private:
    int descriptor_;
    int before_;
};

/// One direction. It ends when its source has ended and all is written, or when nobody takes what
/// it writes.
class Flow {
public:
    Flow(int from, int to) : from_{from}, to_{to} {}

    [[nodiscard]] bool is_over() const noexcept { return at_end_ && begin_ == end_; }
    /// For poll(); -1 where there is nothing to wait for.
    [[nodiscard]] int reads_from() const noexcept { return at_end_ || begin_ != end_ ? -1 : from_; }
    [[nodiscard]] bool has_something() const noexcept { return begin_ != end_; }
    /// poll() tells of a sink that has gone even when it is asked for nothing.
    [[nodiscard]] short wanted_of_sink() const noexcept { return has_something() ? POLLOUT : 0; }
    [[nodiscard]] int writes_to() const noexcept { return has_something() ? to_ : -1; }
    /// Nobody takes what it would write.
    void give_up() noexcept
    {
        at_end_ = true;
        begin_ = end_;
    }

    void read()
    {
        const auto count = ::read(from_, bytes_.data(), bytes_.size());
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        begin_ = 0;
        end_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        at_end_ = count <= 0;
    }

    void write()
    {
        const auto count = ::write(to_, bytes_.data() + begin_, end_ - begin_);
        if (count >= 0) {
            begin_ += static_cast<std::size_t>(count);
        } else if (errno != EAGAIN && errno != EINTR) {
            give_up();
        }
    }

private:
    int from_;
    int to_;
    bool at_end_ = false;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::array<char, held_bytes_max> bytes_{};
};

}  // namespace

void copy_both_ways(int input, int output, int socket, Interrupts& interrupts)
{
    const NotBlocking input_waits{input};
    const NotBlocking output_waits{output};
    const NotBlocking socket_waits{socket};
    Flow there{input, socket};
    Flow back{socket, output};
    bool half_closed = false;
    while (!back.is_over()) {
        if (there.is_over() && !half_closed) {
            half_closed = true;
            ::shutdown(socket, SHUT_WR);
        }
        std::array<pollfd, 5> waits{{{there.reads_from(), POLLIN, 0},
                                     {there.writes_to(), POLLOUT, 0},
                                     {back.reads_from(), POLLIN, 0},
                                     {output, back.wanted_of_sink(), 0},
                                     {interrupts.fd(), POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            throw system_failure(proto::ErrorKind::internal, "waiting for input", {}, errno);
        }
        if (const auto signal = interrupts.take()) {
            throw Interrupted{*signal};
        }
        // Whatever poll() says of a descriptor, an error too, is found out by using it.
        if (waits[0].revents != 0) {
            there.read();
        }
        if (waits[1].revents != 0) {
            there.write();
        }
        if (waits[2].revents != 0) {
            back.read();
        }
        if (waits[3].revents != 0) {
            if (back.has_something()) {
                back.write();
            } else {
                // The daemon may have nothing to say for hours, during which it believes that
                // somebody waits for it: a connection of ssh's that broke must end this one.
                back.give_up();
            }
        }
    }
}

}  // namespace duplid::ctl
