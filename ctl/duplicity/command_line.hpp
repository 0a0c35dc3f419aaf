// From argv to an Invocation: options, then the action, then what only both together can say.
#pragma once

#include "ctl/duplicity/invocation.hpp"
#include "ctl/duplicity/reporter.hpp"
#include "ctl/requests/request.hpp"

#include <span>
#include <string>

namespace duplid::duplicity {

/// `arguments` with the program's name in front. Options act in their order: logs are opened and
/// deprecations told at their place. Throws: UsageError; Fatal; Answer (option_effects.hpp).
[[nodiscard]] Invocation read_command_line(std::span<const std::string> arguments,
                                           const CompatVersion& compat,
                                           const ctl::Surroundings& here, Reporter& reporter);

}  // namespace duplid::duplicity
