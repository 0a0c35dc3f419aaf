// What --help and --version print, and what stands in front of a usage error.
#pragma once

#include "ctl/duplicity/invocation.hpp"

#include <string>
#include <string_view>

namespace duplid::duplicity {

/// Forms, targets and commands, without the options.
[[nodiscard]] std::string usage_text();

/// All that --help prints.
[[nodiscard]] std::string help_text();

/// "duplicity 0.8.22" and a newline. Nothing may follow the version: readers take the last word,
/// or the second one (front-ends.md 1).
[[nodiscard]] std::string version_text(std::string_view program, const CompatVersion& compat);

}  // namespace duplid::duplicity
