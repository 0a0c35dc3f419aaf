// Where in the archive dir the local cache of a target is.
#pragma once

#include <string>
#include <string_view>

namespace duplid::naming {

/// The directory name that duplicity uses unless --name is given: lower-case hex MD5 of the URL
/// exactly as typed, without any normalisation (archive-format.md 2).
[[nodiscard]] std::string cache_name_of_url(std::string_view url);

}  // namespace duplid::naming
