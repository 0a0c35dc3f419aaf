// Index keys: the paths of an archive in the one order that everything in it is sorted by.
//
// duplicity orders objects by their tuples of path components, each compared as unsigned bytes
// (archive-format.md 0 and 4.7). Joining the components by NUL, which no name can hold and which
// sorts before every other byte, turns that into plain byte comparison: `a`, `a/x`, `a-b` come in
// this order, where the joined strings would put `a-b` first.
#pragma once

#include "storage/io/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace duplid::naming {

/// The key of a path relative to the source root: "a/b" becomes "a\0b", "" and "." become "".
/// Empty and "." components are dropped, so leading and trailing slashes do no harm.
/// Throws: Error of kind `blame` (corrupt for what an archive says, invalid for what a person
/// typed) on a ".." component or a NUL byte.
[[nodiscard]] std::string key_of_path(std::string_view path,
                                      Error::Kind blame = Error::Kind::corrupt);

/// The path of a key, components joined by "/"; the root is ".".
[[nodiscard]] std::string path_of_key(std::string_view key);

/// Whether `key` is `ancestor` itself or lies anywhere below it. Everything is below the root.
[[nodiscard]] bool is_at_or_below(std::string_view key, std::string_view ancestor) noexcept;

/// The key of the directory that holds `key`; the root for objects at the top and for the root.
/// A view into `key`.
[[nodiscard]] std::string_view parent_of(std::string_view key) noexcept;

/// The object's own name; empty for the root. A view into `key`.
[[nodiscard]] std::string_view last_component(std::string_view key) noexcept;

/// How many components a key has; 0 for the root.
[[nodiscard]] std::size_t depth_of(std::string_view key) noexcept;

/// The key cut to its first `components` components, or all of it when it has no more.
/// A view into `key`.
[[nodiscard]] std::string_view first_components(std::string_view key,
                                                std::size_t components) noexcept;

}  // namespace duplid::naming
