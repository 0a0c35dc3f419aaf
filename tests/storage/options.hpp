// Options of a target as JSON, in the words that a client of the daemon uses for them, made into
// what backends are given by the daemon's own conversion.
#pragma once

#include "storage/remote/options.hpp"

#include <string>

namespace duplid::storage_tests {

/// `options`: an object of the protocol's backend parameters, which count as far as the target of
/// `url` reads them. `variables`: an object of names and values. Throws: std::exception, also for
/// members that do not exist, and for variables that no target reads.
[[nodiscard]] remote::RemoteOptions options_from(const std::string& url, const std::string& options,
                                                 const std::string& variables);

}  // namespace duplid::storage_tests
