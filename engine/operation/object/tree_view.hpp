// Looks at a tree below a directory, object by object, without following links or changing it.
#pragma once

#include "storage/io/fd.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace duplid::operation {

/// Cheapest for keys in index order: directories on the path to the last one stay open. One thread.
class TreeView {
public:
    /// The directory, or the single object, that the empty key stands for. It need not be there;
    /// its own path is followed through links, since a person named it.
    explicit TreeView(std::string root) : root_{std::move(root)} {}

    struct Found {
        struct stat facts;
        int directory;     ///< valid until the next find()
        std::string name;  ///< in `directory`
    };
    /// What stands at `key`, a path below the root as an index key. Throws: Error denied.
    [[nodiscard]] std::optional<Found> find(const std::string& key);
    /// After find() found nothing: because something on the way there is no directory.
    [[nodiscard]] bool is_blocked() const noexcept { return is_blocked_; }

    /// A regular file that find() found, for reading; nothing if it has been exchanged since.
    /// Throws: Error denied.
    [[nodiscard]] static io::Fd open(const Found& found);
    /// Where a symbolic link that find() found leads. Throws: Error.
    [[nodiscard]] static std::string link_of(const Found& found);

private:
    struct Directory {
        std::string key;
        io::Fd fd;
    };

    [[nodiscard]] bool open_root();
    [[nodiscard]] bool go_to(std::string_view parent);

    std::string root_;
    std::vector<Directory> open_;
    bool is_blocked_ = false;
};

}  // namespace duplid::operation
