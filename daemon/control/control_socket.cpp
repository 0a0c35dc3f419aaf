#include "daemon/control/control_socket.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

/// FileDescriptorName= of duplid-output.socket.
constexpr std::string_view output_name = "output";

void make_directory(const std::string& directory)
{
    std::error_code code;
    const std::filesystem::path path{directory};
    if (path.empty() || std::filesystem::exists(path, code)) {
        return;
    }
    make_directory(path.parent_path().string());
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        throw system_error(errno, "making the directory of the control socket", directory);
    }
}

/// A socket left behind goes; anything else is somebody's file.
void remove_stale(const std::string& path)
{
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) {
        return;
    }
    if (!S_ISSOCK(there.st_mode)) {
        throw Error{Error::Kind::invalid, "something that is no socket stands at " + path, path};
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        throw system_error(errno, "removing a stale control socket", path);
    }
}

sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw Error{Error::Kind::invalid,
                    "the path of a socket has at most " +
                        std::to_string(sizeof address.sun_path - 1) + " bytes",
                    path};
    }
    path.copy(address.sun_path, path.size());
    return address;
}

/// Called before there are threads, since the umask is the process's.
void bind_privately(int fd, const std::string& path)
{
    const auto address = address_of(path);
    const auto umask_before = ::umask(0177);
    const int result = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error_number = errno;
    ::umask(umask_before);
    if (result != 0) {
        throw system_error(error_number, "making the control socket", path);
    }
}

void open_to_group(const std::string& path, gid_t group)
{
    if (::chown(path.c_str(), static_cast<uid_t>(-1), group) != 0 ||
        ::chmod(path.c_str(), 0660) != 0) {
        throw system_error(errno, "giving the control socket to its group", path);
    }
}

}  // namespace

InheritedSockets InheritedSockets::take()
{
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    InheritedSockets sockets;
    bool is_good = true;
    for (int i = 0; i < count; ++i) {
        const std::unique_ptr<char, decltype(&std::free)> name{names[i], &std::free};
        ControlSocket socket;
        socket.fd_ = io::Fd{SD_LISTEN_FDS_START + i};
        constexpr int listening = 1;
        auto& place =
            std::string_view{name.get()} == output_name ? sockets.output : sockets.control;
        is_good = is_good && !place &&
                  sd_is_socket_unix(socket.fd_.get(), SOCK_STREAM, listening, nullptr, 0) > 0;
        place.emplace(std::move(socket));
    }
    std::free(names);
    if (count < 0 || !is_good) {
        throw Error{Error::Kind::invalid,
                    "socket activation must pass one listening UNIX stream socket for clients, and "
                    "at most one called \"output\"",
                    "LISTEN_FDS"};
    }
    return sockets;
}

ControlSocket ControlSocket::make(const std::string& path, std::optional<gid_t> watchers)
{
    make_directory(std::filesystem::path{path}.parent_path().string());
    ControlSocket socket;
    socket.lock_ = cache::FileLock::try_take(path + ".lock");
    if (!socket.lock_) {
        throw Error{Error::Kind::busy, "another duplid listens at " + path, path,
                    "talk to that one, or stop it first"};
    }
    remove_stale(path);
    io::Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!fd) {
        throw system_error(errno, "making the control socket", path);
    }
    bind_privately(fd.get(), path);
    socket.path_ = path;
    if (watchers) {
        open_to_group(path, *watchers);
    }
    if (::listen(fd.get(), SOMAXCONN) != 0) {
        throw system_error(errno, "listening at the control socket", path);
    }
    socket.fd_ = std::move(fd);
    return socket;
}

ControlSocket::ControlSocket(ControlSocket&& other) noexcept
    : fd_{std::move(other.fd_)}, path_{std::exchange(other.path_, {})}, lock_{
                                                                            std::move(other.lock_)}
{
}

ControlSocket::~ControlSocket()
{
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

}  // namespace duplid::daemon
