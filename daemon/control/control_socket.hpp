// The listening sockets of a resident instance, inherited from the service manager or made here:
// for clients, and in the system's instance for the output of commands (hooks/unit_runner.hpp).
#pragma once

#include "storage/cache/file_lock.hpp"
#include "storage/io/fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace duplid::daemon {

/// A UNIX stream socket that listens. One that was made here is removed with this object.
class ControlSocket {
public:
    /// Makes `path`, its directory (0700) included where missing; mode 0600, or 0660 and the group
    /// of `watchers` if there are any. A socket that a killed daemon left behind is replaced; a
    /// lock beside it tells that from the socket of a living one.
    /// Throws: Error busy when another daemon has it; invalid when something else stands there.
    [[nodiscard]] static ControlSocket make(const std::string& path, std::optional<gid_t> watchers);

    ControlSocket(ControlSocket&& other) noexcept;
    ControlSocket& operator=(ControlSocket&&) = delete;
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;
    ~ControlSocket();

    /// Hands the descriptor on.
    [[nodiscard]] io::Fd release_fd() noexcept { return std::move(fd_); }

private:
    friend struct InheritedSockets;

    ControlSocket() = default;

    io::Fd fd_;
    std::string path_;  ///< empty when inherited
    std::optional<cache::FileLock> lock_;
};

/// What socket activation passed.
struct InheritedSockets {
    std::optional<ControlSocket> control{};
    std::optional<ControlSocket> output{};  ///< its FileDescriptorName= is "output"

    /// Once: it removes the variables that tell of them, which children are not meant to see.
    /// Throws: Error invalid for anything but listening UNIX stream sockets, at most one of each.
    [[nodiscard]] static InheritedSockets take();
};

}  // namespace duplid::daemon
