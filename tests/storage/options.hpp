// Options of a target as JSON, in the words that a client of the daemon uses for them.
#pragma once

#include "storage/remote/options.hpp"

#include <string>

namespace duplid::storage_tests {

/// `options`: an object of the protocol's backend parameters. `variables`: an object of names and
/// values. Throws: std::exception, also for members that do not exist.
[[nodiscard]] remote::RemoteOptions options_from(const std::string& options,
                                                 const std::string& variables);

}  // namespace duplid::storage_tests
