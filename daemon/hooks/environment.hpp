// What hooks are told, in the two forms in which it reaches them.
#pragma once

#include "daemon/hooks/call.hpp"

#include <string>
#include <vector>

namespace duplid::hooks {

/// NAME=VALUE of all that a hook sees as a child: the facts, and of this process's own variables
/// those that programs need to find their way (HOME, PATH, the session's bus). A list of what may
/// pass, since nobody can list what may be a secret.
[[nodiscard]] std::vector<std::string> child_environment(const Facts& facts);

/// Lines NAME=VALUE for systemd/duplid-hook, which takes each value as it stands.
[[nodiscard]] std::string facts_file(const Facts& facts);

}  // namespace duplid::hooks
