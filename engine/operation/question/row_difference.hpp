// How two versions of a path differ, as far as the index of files can tell.
#pragma once

#include "storage/cache/file_row.hpp"

namespace duplid::operation {

enum class RowDifference {
    none,
    metadata,  ///< mode, owner or time only
    content,   ///< type, content, link or device
};

/// Contents of regular files are compared by the best that both rows have: SHA-256, then the
/// signature, then size and time.
[[nodiscard]] RowDifference difference_of(const cache::FileRow& left,
                                          const cache::FileRow& right) noexcept;

}  // namespace duplid::operation
