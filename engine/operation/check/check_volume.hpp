// Reads one file of an archive back as far as it can be read without its neighbours.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/check/check_structure.hpp"

#include <stop_token>

namespace duplid::operation {

/// Compares the hash, decrypts, inflates, reads every entry of the tar, and compares the first and
/// the last with the manifest and the chunks with their check sums.
/// Throws: Error; corrupt or not_found when the file is not what was stored.
void read_back(Archive& archive, const StoredPart& part, const std::stop_token& stop);

}  // namespace duplid::operation
