// `~` and `$VAR` in paths, which the reference expands itself (command-line.md 1.2, 2.1).
#pragma once

#include <string>
#include <string_view>

namespace duplid::duplicity {

/// `~` and `~user` at the front, `$NAME` and `${NAME}` anywhere. What is not known stays as it is.
[[nodiscard]] std::string expanded(std::string_view path);

/// The source of a backup as the reference records it: without `.` components, doubled slashes
/// and a slash at its end.
[[nodiscard]] std::string normalised(std::string_view path);

}  // namespace duplid::duplicity
