// Services whose URLs are understood, and that cannot be reached: they have closed, or there is no
// backend for them here. Whoever has such a URL is told so before anything else happens.
//
// Facts: backends.md 2 ("dead"), 3.9 to 3.11, 4.4, 4.8, 5.
#pragma once

#include "storage/io/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::remote {

/// What to tell whoever has a URL of that scheme; nothing for schemes of no such service. `object`
/// is the URL without its password.
[[nodiscard]] std::optional<Error> refusal_of(std::string_view scheme, const std::string& object);

}  // namespace duplid::remote
