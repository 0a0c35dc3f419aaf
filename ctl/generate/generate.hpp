// The manual page and the completions of three shells, made from the option table when duplid is
// built (the hidden verb "generate").
#pragma once

#include <string>

namespace duplid::generate {

/// duplictl(1) in the man macros.
[[nodiscard]] std::string manual_page();

/// What a shell loads from its directory of completions.
[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace duplid::generate
