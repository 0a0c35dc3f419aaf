// How a child process comes to be: its streams, its group, its signals. For programs that do
// transfers, and for those that people have called.
#pragma once

#include "storage/io/fd.hpp"

#include <array>
#include <string>
#include <sys/types.h>
#include <vector>

namespace duplid::command {

/// The two ends of a stream that goes one way.
struct Pipe {
    io::Fd read;
    io::Fd write;
};

/// The descriptor under a number that is none of a standard stream's, so that it is not overwritten
/// before it was copied to one. Throws: Error internal.
[[nodiscard]] io::Fd above_streams(io::Fd low);

/// Both ends lie above the standard streams. They block. Throws: Error internal.
[[nodiscard]] Pipe make_pipe();
/// The same of two sockets: nothing is ever written at the reading end.
[[nodiscard]] Pipe make_socket_pipe();

/// For our end only: a program is entitled to streams that block. Throws: Error internal.
void make_nonblocking(const io::Fd& fd);

/// What a child is started with.
struct Spawning {
    std::string program;                   ///< its path
    std::vector<std::string> words;        ///< argv, the program's name first
    std::vector<std::string> environment;  ///< NAME=VALUE, all that it sees; wiped
    std::string working_directory{};       ///< empty: this process's own
    /// Descriptors for 0, 1 and 2, all above_streams(); it gets no others.
    std::array<int, 3> streams;
};

/// Starts a child that leads a process group of its own and finds all signals as they are by
/// default. Whoever calls this reaps it. Throws: Error not_found, denied, and what posix_spawn(3)
/// says.
[[nodiscard]] pid_t spawn(Spawning spawning);

}  // namespace duplid::command
