// Signatures that are lost everywhere, made again out of what the chain's volumes restore to.
#pragma once

#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/repair/chain_damage.hpp"

#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <vector>

namespace duplid::operation {

/// The uncompressed sigtars, ended, in files that vanish with them.
using RebuiltSignatures = std::map<naming::SetId, std::unique_ptr<SigtarWriter>>;

/// Reads the chain once, up to the last of the sets in `missing`, and makes the signatures of
/// these. Objects that a broken volume may have held are left out: to both programs they are new
/// then, and the next increment stores them whole. Needs room for the largest file, twice; memory
/// does not grow with the archive. Throws: Error.
[[nodiscard]] RebuiltSignatures rebuild_signatures(Archive& archive,
                                                   const std::vector<SetHealth>& chain,
                                                   const std::set<naming::SetId>& missing,
                                                   ReadingProgress& reading,
                                                   const std::stop_token& stop);

}  // namespace duplid::operation
