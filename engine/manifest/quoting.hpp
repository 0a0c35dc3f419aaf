// How a manifest writes paths.
#pragma once

#include <string>
#include <string_view>

namespace duplid::manifest {

/// `path` as is, or in double quotes when it holds a space, TAB, LF, CR, VT, FF, backslash, `"`
/// or `'`, each of which is then written as `\x` and two lower-case hex digits. All other bytes
/// stay raw (archive-format.md 3.3).
[[nodiscard]] std::string quote(std::string_view path);

/// The reverse of quote(). Throws: Error corrupt when a text that begins with `"` does not end
/// with one or holds a backslash that is not `\x` and two hex digits.
[[nodiscard]] std::string unquote(std::string_view text);

}  // namespace duplid::manifest
