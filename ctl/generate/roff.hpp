// Text for man(7) macros.
#pragma once

#include <string>
#include <string_view>

namespace duplid::generate {

/// `text` so that roff prints it as it is: hyphens stay ASCII, backslashes stay backslashes, and a
/// dot or quote at the front is no request.
[[nodiscard]] std::string roff(std::string_view text);

}  // namespace duplid::generate
