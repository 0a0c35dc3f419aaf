// Puts files out of the way without losing a byte of them.
#pragma once

#include "engine/operation/archive/archive.hpp"

#include <string>
#include <string_view>

namespace duplid::operation {

/// What the name of a file in quarantine begins with. No reader of either program takes such a name
/// for an archive's (archive-format.md 1.4).
inline constexpr std::string_view quarantine_head = "quarantine-";

/// Renames a file of the target to a free name in quarantine. False when the target cannot rename:
/// the file then stays as it was. Throws: Error.
[[nodiscard]] bool quarantine(Archive& archive, const std::string& name);

/// Makes room for a good file under the same name: the bad one is renamed, or, where that cannot
/// be, copied to a name in quarantine, to be replaced. Throws: Error.
void quarantine_before_replacing(Archive& archive, const std::string& name);

/// Whether duplicity takes a name that is none of ours for an archive's, and fails over it:
/// anything may follow the dot after the kind of the file, and volume 0 (archive-format.md 1.4).
/// Not of PAR2 files, which belong to their backend.
[[nodiscard]] bool makes_duplicity_fail(std::string_view name, const naming::Prefixes& prefixes);

}  // namespace duplid::operation
