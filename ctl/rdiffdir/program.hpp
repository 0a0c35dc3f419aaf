// rdiffdir: what duplictl is when it is started under that name.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace duplid::rdiffdir {

/// Whether a program started under this name is rdiffdir.
[[nodiscard]] bool is_own_name(std::string_view program) noexcept;

/// Does what the words behind the program's name ask for, with a private daemon. Returns the exit
/// status: 0; 1 for nearly all that goes wrong; of a wrong selection that of duplicity.
[[nodiscard]] int run(std::span<const std::string> words);

}  // namespace duplid::rdiffdir
