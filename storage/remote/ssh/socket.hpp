// A TCP connection to a server, made without ever waiting for longer than was allowed.
#pragma once

#include "storage/io/fd.hpp"
#include "storage/remote/ssh/settings.hpp"

#include <stop_token>

namespace duplid::ssh {

/// A connected, non-blocking socket to the first address of the server that answers.
/// Throws: Error unreachable, naming the server and the system's words; cancelled.
[[nodiscard]] io::Fd connect_to(const Settings& settings, const std::stop_token& stop);

}  // namespace duplid::ssh
