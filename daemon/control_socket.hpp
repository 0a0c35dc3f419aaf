// The listening socket of a resident instance: inherited from the service manager, or made here.
#pragma once

#include "proto/session.hpp"
#include "storage/cache/file_lock.hpp"
#include "storage/io/fd.hpp"

#include <optional>
#include <string>

namespace duplid::daemon {

/// A UNIX stream socket that listens. One that was made here is removed with this object.
class ControlSocket {
public:
    /// The descriptor that socket activation passed, if there is one.
    /// Throws: Error invalid when what was passed is no listening UNIX stream socket.
    [[nodiscard]] static std::optional<ControlSocket> inherited();

    /// Makes `path`, its directory (0700) included where missing; mode 0600, or 0660 and the group
    /// `duplid` for a system instance. A socket that a killed daemon left behind is replaced; a
    /// lock beside it tells that from the socket of a living one.
    /// Throws: Error busy when another daemon has it; invalid when something else stands there.
    [[nodiscard]] static ControlSocket make(const std::string& path, proto::Instance instance);

    ControlSocket(ControlSocket&& other) noexcept;
    ControlSocket& operator=(ControlSocket&&) = delete;
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;
    ~ControlSocket();

    /// Hands the descriptor on.
    [[nodiscard]] io::Fd release_fd() noexcept { return std::move(fd_); }

private:
    ControlSocket() = default;

    io::Fd fd_;
    std::string path_;  ///< empty when inherited
    std::optional<cache::FileLock> lock_;
};

}  // namespace duplid::daemon
