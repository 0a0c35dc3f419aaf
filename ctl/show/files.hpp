// list-current-files for people.
#pragma once

#include "proto/questions.hpp"

#include <string>

namespace duplid::show {

/// "Sat Nov 21 21:03:10 2026 sub/name" with a newline; the name's bytes are as they are in the
/// archive (command-line.md 5.3).
[[nodiscard]] std::string file_line(const proto::FileEntry& file);

}  // namespace duplid::show
