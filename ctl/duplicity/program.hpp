// duplictl started as `duplicity`: from argv to the exit status.
#pragma once

#include <span>
#include <string>

namespace duplid::duplicity {

/// Whether a program started under this name is to be the drop-in.
[[nodiscard]] bool is_own_name(const std::string& program);

/// `arguments` with the program's name in front. Everything that is to be said has been said when
/// this returns the exit status.
[[nodiscard]] int run_program(std::span<const std::string> arguments);

}  // namespace duplid::duplicity
