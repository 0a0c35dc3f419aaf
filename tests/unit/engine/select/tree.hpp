// File trees for tests: real ones on disk, and what rules say of one that is only described.
#pragma once

#include "engine/select/rule.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duplid::select::test {

/// A node as tests/golden/selection.json describes it, parents before children.
struct Node {
    std::string path;  // below the root of the tree
    std::string type;  // file dir symlink fifo chardev blockdev socket mountpoint
    std::string target = {};
    std::optional<std::int64_t> mtime = {};
};
using Tree = std::vector<Node>;

/// A directory that is removed with this object. Its path holds nothing random but letters that
/// no pattern of the golden cases looks for, and no digits.
class Directory {
public:
    Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string operator/(const std::string& name) const
    {
        return path_ + '/' + name;
    }

    /// False if this process may not make such a tree (device files, mounts).
    [[nodiscard]] bool build(const Tree& tree);

private:
    std::string path_;
    std::vector<std::string> mounts_;
};

void write_file(const std::string& path, const std::string& content = "content");

struct Fate {
    std::string verdict;  // included excluded scanned unvisited
    bool stored = false;
    bool operator==(const Fate&) const = default;
};

/// What command-line.md 6.1 says becomes of each node, with the answers of `rules` and without a
/// file system: the second witness of the walker. Keys are full paths.
[[nodiscard]] std::map<std::string, Fate> fates(const Tree& tree, const std::string& root,
                                                const Rules& rules, bool copy_links);

}  // namespace duplid::select::test
