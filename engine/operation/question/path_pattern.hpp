// What a person looks for among the paths of a backup.
#pragma once

#include "engine/select/glob.hpp"
#include "engine/select/regexp.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace duplid::operation {

/// A shell pattern as in selection rules (`**` reaches over slashes), or a regular expression in
/// Python's syntax. A shell pattern without a slash is about the last component of a path; with one
/// it is about the whole path below the backup's root. It must match all of it; an expression only
/// has to be found in the path. One thread at a time.
class PathPattern {
public:
    /// Throws: Error invalid.
    PathPattern(std::string_view pattern, bool is_regexp);

    /// `path` is relative to the root. Throws: Error invalid when an expression takes too many
    /// steps.
    [[nodiscard]] bool matches(std::string_view path, bool is_directory) const;

    /// Everything that matches has a key that begins with this one.
    [[nodiscard]] const std::string& key_prefix() const noexcept { return key_prefix_; }

    /// Whether the pattern is about last components only.
    [[nodiscard]] bool is_for_names() const noexcept { return names_only_; }
    /// Texts that each stand in a component of every path that matches; in the last one, if
    /// is_for_names().
    [[nodiscard]] const std::vector<std::string>& pieces() const noexcept { return pieces_; }

private:
    std::variant<select::Glob, select::Regexp> test_;
    bool names_only_ = false;
    std::string key_prefix_;
    std::vector<std::string> pieces_;
};

}  // namespace duplid::operation
