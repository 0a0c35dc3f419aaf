// Warnings and errors, for people.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/error.hpp"

#include <string>
#include <string_view>

namespace duplid::show {

/// "cannot be read: Permission denied: /home/ada/secret", without control characters.
[[nodiscard]] std::string cause_and_object(const proto::RpcError& error);

/// What, which object, and on a second line what to do:
///
///     duplictl: warning: cannot be read: Permission denied: /home/ada/secret
///       run it as root, or exclude the file
/// `severity` is "error" or "warning", and is what gets the colour.
[[nodiscard]] std::string message(std::string_view severity, const proto::RpcError& error,
                                  const Style& style = {});

}  // namespace duplid::show
