// Files in backups, for people.
#pragma once

#include "proto/file_questions.hpp"

#include <string>

namespace duplid::show {

/// "Sat Nov 21 21:03:10 2026 sub/name" with a newline; the name's bytes are as they are in the
/// archive (command-line.md 5.3).
[[nodiscard]] std::string file_line(const proto::FileEntry& file);

/// As file_line(), with the times of the first and the last set that hold this version in front.
[[nodiscard]] std::string found_line(const proto::FileEntry& file);

/// A row a version under the columns of the heading: from which set to which, type, size, time.
[[nodiscard]] std::string versions_heading();
[[nodiscard]] std::string version_line(const proto::VersionEntry& version);

}  // namespace duplid::show
