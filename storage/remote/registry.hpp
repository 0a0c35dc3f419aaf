// From a URL to the target behind it: the table of schemes.
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace duplid::remote {

/// Opens the target. For `file` this creates the directory, with parents, as the reference does
/// for every action (command-line.md 8.2). The result does not retry; see RetryingRemote.
/// Throws: Error invalid for a malformed URL, and for a scheme that this build cannot open (it
/// names the scheme and what is supported); whatever opening throws.
[[nodiscard]] std::unique_ptr<Remote> open(std::string_view url, const RemoteOptions& options);

/// The schemes that open() takes, sorted.
[[nodiscard]] std::vector<std::string_view> supported_schemes();

}  // namespace duplid::remote
