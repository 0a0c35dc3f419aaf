// The place a restore was asked to write to, before anything is written.
#pragma once

#include <string>

namespace duplid::operation {

/// Throws: Error invalid when `path` is anything but missing or an empty directory, unless
/// `may_be_occupied`.
void check_destination(const std::string& path, bool may_be_occupied);

/// Makes `path` a directory, with its parents. Throws: Error.
void make_directories(const std::string& path);

}  // namespace duplid::operation
