#include "storage/remote/ssh/socket.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/ssh/waiter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>

namespace duplid::ssh {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

// What a look-up leaves, wherever it is done with: getaddrinfo() can neither be stopped nor given a
// time, so a thread of its own waits for it, which may outlive whoever asked.
struct LookUp {
    std::mutex mutex;
    std::condition_variable_any done;
    bool is_done = false;
    int problem = 0;
    Addresses addresses;
};

Addresses look_up(const Settings& settings, const std::stop_token& stop)
{
    auto shared = std::make_shared<LookUp>();
    std::thread{[shared, host = settings.host, port = std::to_string(settings.port),
                 family = settings.address_family] {
        addrinfo wanted{};
        wanted.ai_family = family;
        wanted.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        const int problem = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &list);
        const std::lock_guard guard{shared->mutex};
        shared->problem = problem;
        shared->addresses.reset(problem == 0 ? list : nullptr);
        shared->is_done = true;
        shared->done.notify_all();
    }}.detach();
    std::unique_lock guard{shared->mutex};
    const bool is_done = shared->done.wait_for(guard, stop, settings.connect_timeout,
                                               [&] { return shared->is_done; });
    if (stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "stopped on request", settings.server()};
    }
    if (!is_done || shared->problem != 0) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("looking for the address of {}: {}", settings.host,
                                is_done ? ::gai_strerror(shared->problem) : "no answer"),
                    settings.server()};
    }
    return std::move(shared->addresses);
}

void set_up(const io::Fd& socket, std::chrono::seconds alive_interval)
{
    // The packets are whole when they are handed over; a line that went dead is noticed.
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    const auto interval = static_cast<int>(std::max<std::int64_t>(alive_interval.count(), 1));
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE, &interval, sizeof interval);
}

// The error number; 0 once it is connected.
int try_address(const addrinfo& address, const Settings& settings, const std::stop_token& stop,
                io::Fd& into)
{
    io::Fd socket{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) {
        return errno;
    }
    set_up(socket, settings.alive_interval);
    if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
        if (errno != EINPROGRESS) {
            return errno;
        }
        Waiter waiter{stop, settings.connect_timeout, settings.server()};
        const std::array fds{pollfd{socket.get(), POLLOUT, 0}};
        try {
            waiter.wait(fds);
        } catch (const Error& error) {
            if (error.kind() == Error::Kind::cancelled) {
                throw;
            }
            return ETIMEDOUT;
        }
        int problem = 0;
        socklen_t size = sizeof problem;
        if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size) != 0 ||
            problem != 0) {
            return problem != 0 ? problem : errno;
        }
    }
    into = std::move(socket);
    return 0;
}

}  // namespace

io::Fd connect_to(const Settings& settings, const std::stop_token& stop)
{
    const auto addresses = look_up(settings, stop);
    int problem = EADDRNOTAVAIL;
    for (const auto* address = addresses.get(); address != nullptr; address = address->ai_next) {
        io::Fd socket;
        problem = try_address(*address, settings, stop, socket);
        if (problem == 0) {
            return socket;
        }
    }
    throw Error{Error::Kind::unreachable,
                fmt::format("connecting to {}: {}", settings.server(), std::strerror(problem)),
                settings.server()};
}

}  // namespace duplid::ssh
