// rdiffdir's manual page and completions, made from its option table when duplid is built.
#pragma once

#include <string>

namespace duplid::rdiffdir {

/// duplid-rdiffdir(1) in the man macros.
[[nodiscard]] std::string manual_page();

/// What a shell loads for the command `rdiffdir`.
[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace duplid::rdiffdir
