// A delta applied to a directory: rdiffdir's patch.
//
// Rules: archive-format.md 4.2, 6; what is replaced and removed as rdiffdir 0.8.22 does it.
#pragma once

#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/rdiffdir/member_stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace duplid::operation {

struct TreePatchRequest {
    /// What is patched; made if it is not there, so that a tar can be unpacked.
    std::string directory;
    std::unique_ptr<MemberStream> delta;
    /// Hears of each entry before it is applied; may be empty.
    std::function<void(const std::string& path)> tell;
};

struct TreePatchReport {
    std::uint64_t objects = 0;  ///< entries that were applied
    std::uint64_t failed = 0;   ///< of which a delta did not fit, and the like
    std::uint64_t bytes = 0;    ///< written
    std::uint64_t warnings = 0;
};

/// Writes nowhere but in the directory (TreeWriter). Each file is replaced when its new content is
/// complete; one whose delta does not fit stays as it is, and that is a warning. Throws: Error, for
/// a damaged delta file among others; what came before the damage is applied then.
[[nodiscard]] TreePatchReport patch_tree(TreePatchRequest request, Monitor& monitor,
                                         std::stop_token stop);

}  // namespace duplid::operation
