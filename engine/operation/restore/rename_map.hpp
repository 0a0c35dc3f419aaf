// --rename: where an object goes that has another name in the archive.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace duplid::operation {

/// Maps index keys. Of several renames that fit, the one of the longest path counts, whatever their
/// order; each is applied once, so that two names can be exchanged.
class RenameMap {
public:
    RenameMap() = default;
    /// Pairs of paths, relative to the archive's root, as a person gave them.
    /// Throws: Error invalid when a path holds "..", when the root is to be renamed or given as a
    /// new name, or when one path has two new names.
    explicit RenameMap(const std::vector<std::pair<std::string, std::string>>& renames);

    [[nodiscard]] bool empty() const noexcept { return renames_.empty(); }
    [[nodiscard]] std::string apply(const std::string& key) const;

private:
    struct Rename {
        std::string from;  ///< keys
        std::string to;
    };
    std::vector<Rename> renames_;  ///< longest `from` first
};

}  // namespace duplid::operation
