// How much of an archive's data was read back lately, as check remembers it.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/question/collection_status.hpp"

#include <optional>

namespace duplid::operation {

/// Nothing when no check ever read data with this archive directory, or when its memory cannot be
/// read: it is worth a line, not a failure. Throws: nothing of its own.
[[nodiscard]] std::optional<ReadBackStatus> read_back_status(const Archive& archive,
                                                             const Listing& listing);

}  // namespace duplid::operation
