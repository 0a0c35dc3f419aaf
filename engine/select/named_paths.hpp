// The names of --files-from: all that a backup stores, with the directories that lead there.
//
// Meaning: command-line.md 6.7. A directory that is named does not bring its content.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace duplid::select {

/// Full paths, as the Walker makes them of a source and a name below it. Values.
class NamedPaths {
public:
    explicit NamedPaths(std::string base);

    /// The names in a list, separated by `separator`, each taken as it is: relative to the base,
    /// but for "." components, doubled slashes and one at the end, which name nothing else.
    /// Throws: SelectionError absolute_files_from, for a name that begins with a slash.
    void add_list(std::string_view content, char separator);
    /// One such name. An empty one adds nothing. Throws: as above.
    void add(std::string_view name);
    /// After the last add(). Throws: SelectionError empty_files_from when there is no name.
    void finish();

    /// Whether it is named, or leads to what is. After finish().
    [[nodiscard]] bool holds(std::string_view path) const;

private:
    std::string base_;  ///< ends in a slash
    std::vector<std::string> paths_;
};

}  // namespace duplid::select
