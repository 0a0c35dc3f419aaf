// Removals and cleanups for people.
#pragma once

#include "proto/removal_report.hpp"

#include <string>

namespace duplid::show {

/// What was, or would be, removed, what stays and why. Names of files are told where they are not
/// those of a chain.
[[nodiscard]] std::string removal_report(const proto::RemovalReport& report);

}  // namespace duplid::show
