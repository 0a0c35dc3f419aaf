#include "ctl/link/connection.hpp"

#include "ctl/process/failure.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

namespace duplid::ctl {

namespace {

constexpr std::size_t receive_bytes = 1 << 16;

}  // namespace

Connection Connection::to(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw usage_failure("the name of the socket is too long", path);
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket.is_open()) {
        throw system_failure(proto::ErrorKind::internal, "making a socket", path, errno);
    }
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const bool refused = errno == EACCES || errno == EPERM;
        throw system_failure(refused ? proto::ErrorKind::denied : proto::ErrorKind::unreachable,
                             "connecting to the daemon", path, errno);
    }
    return {std::move(socket), "the daemon at " + path};
}

bool Connection::send(const proto::WipedBuffer& line)
{
    auto rest = proto::text_of(line);
    while (!rest.empty()) {
        const auto count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        rest.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return true;
}

bool Connection::receive()
{
    std::array<char, receive_bytes> bytes;
    const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (count == 0) {
        return false;
    }
    lines_.feed(std::string_view{bytes.data(), static_cast<std::size_t>(count)});
    if (lines_.overflowed()) {
        throw Failure{{.kind = proto::ErrorKind::parse_error,
                       .cause = "the daemon sent a line that is too long",
                       .object = peer_,
                       .hint = {}}};
    }
    return true;
}

}  // namespace duplid::ctl
