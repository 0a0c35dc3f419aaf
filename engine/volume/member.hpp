// The names of tar entries in difftars and sigtars: what an entry is, and of which object.
//
// Format facts: archive-format.md 4.2 (difftars) and 5.1 (sigtars); shown by every vector, the
// root directory as `snapshot/./` in difftars but `snapshot/` in sigtars by `plain`, a root that
// is a file by `singlefile`.
#pragma once

#include "engine/tar/header.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::volume {

enum class MemberKind {
    snapshot,   ///< the object's complete new state
    diff,       ///< a delta against the previous state of a regular file
    deleted,    ///< the object no longer exists
    signature,  ///< (sigtar only) of a regular file
};

struct Member {
    MemberKind kind = MemberKind::snapshot;
    /// Index key (naming/index.hpp); the root is the empty string.
    std::string key;
    /// Number of this block, from 1, of an entry that was split.
    std::optional<std::uint64_t> block;
};

/// What a header of a difftar or sigtar stands for. Throws: Error corrupt when the name has
/// another prefix, a component `..`, or a block number that is none.
[[nodiscard]] Member member_of(const tar::Header& header);

enum class Container { difftar, sigtar };

/// Puts the name of an unsplit entry into `name` (whose memory is reused).
void put_member_name(Container container, MemberKind kind, std::string_view key, tar::Type type,
                     std::string& name);

/// Puts the name of block `block` of a split entry into `name`.
void put_block_name(MemberKind kind, std::string_view key, std::uint64_t block, std::string& name);

}  // namespace duplid::volume
