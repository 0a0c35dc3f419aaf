// What libcurl's codes mean for whoever asked.
#pragma once

#include "storage/io/error.hpp"

#include <curl/curl.h>
#include <string>
#include <string_view>

namespace duplid::curl {

/// The kinds are those of backends.md 1.4: what may pass by itself is unreachable. `words` is what
/// libcurl wrote into its error buffer, may be empty.
[[nodiscard]] Error error_from(CURLcode code, std::string_view words, std::string_view doing,
                               const std::string& object);

}  // namespace duplid::curl
