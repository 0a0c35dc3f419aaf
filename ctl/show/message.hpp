// Warnings and errors, for people.
#pragma once

#include "proto/error.hpp"

#include <string>
#include <string_view>

namespace duplid::show {

/// What, which object, and on a second line what to do:
///
///     duplictl: warning: cannot be read: Permission denied: /home/ada/secret
///       run it as root, or exclude the file
[[nodiscard]] std::string message(std::string_view severity, const proto::RpcError& error);

}  // namespace duplid::show
