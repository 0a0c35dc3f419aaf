// Paths and URLs as people answer with them.
#pragma once

#include <string>

namespace duplid::setup {

/// The caller's home directory; empty: nobody says where it is.
[[nodiscard]] std::string home();

/// Absolute, with "~" as a shell would have it.
[[nodiscard]] std::string path_from(const std::string& answer);

/// A target: a URL, or the directory that a path means.
[[nodiscard]] std::string url_from(const std::string& answer);

/// Without dots, double slashes and a slash at its end.
[[nodiscard]] std::string tidy(const std::string& path);

}  // namespace duplid::setup
