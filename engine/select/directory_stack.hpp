// The open directories of a walk, from the source down to where it is.
#pragma once

#include "storage/io/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace duplid::select {

/// Keeps the root and the deepest directories open, and forgets the descriptors of those between
/// when there are more than the limit. A forgotten one is opened again when it becomes the top:
/// through "..", or by its names from above; always checked to be the same directory as before.
class DirectoryStack {
public:
    struct Identity {
        std::uint64_t device;
        std::uint64_t inode;
        bool operator==(const Identity&) const = default;
    };

    explicit DirectoryStack(std::size_t open_max) noexcept : open_max_{open_max} {}

    /// `name` is what `fd` was opened by, relative to the top so far; `follow` tells whether it
    /// may be a link.
    void push(io::Fd fd, Identity identity, std::string name, bool follow);

    /// Leaves the top. The next one may turn out to be lost: top() is then -1.
    void pop();

    /// A handle (O_PATH) on the directory at `level`, 0 being the root; empty when that cannot be
    /// reached from the top any more.
    [[nodiscard]] io::Fd handle(std::size_t level) const;

    /// The descriptor of the deepest directory, or -1.
    [[nodiscard]] int top() const noexcept { return levels_.back().fd.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return levels_.size(); }
    [[nodiscard]] bool contains(Identity identity) const noexcept;

private:
    struct Level {
        io::Fd fd;
        Identity identity;
        std::string name;
        bool follow;
    };

    [[nodiscard]] static io::Fd open_same(int parent, const char* name, const Level& level);
    void reopen_top(const io::Fd& child);

    std::size_t open_max_;
    std::vector<Level> levels_;
    // Levels from here on could not be reached by name; saves trying for each of them.
    std::size_t lost_from_ = std::numeric_limits<std::size_t>::max();
};

/// openat for listing, never blocking, without touching the access time if `quietly` and allowed.
/// An empty Fd and errno on failure.
[[nodiscard]] io::Fd open_directory(int parent, const char* name, bool follow,
                                    bool quietly) noexcept;

/// The same for regular files.
[[nodiscard]] io::Fd open_regular(int parent, const char* name, bool follow, bool quietly) noexcept;

}  // namespace duplid::select
