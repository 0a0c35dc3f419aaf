// A manifest that is lost everywhere, made again by reading the set's volumes in order.
#pragma once

#include "engine/chain/backup_set.hpp"
#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/repair/reading_progress.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

/// Ranges and SHA-1 of the volumes (archive-format.md 3.4); without host, directory, list of files
/// and chunk index, which only the original had.
///
/// `signatures`, where there are any, are the proof that no volume is missing at the end: they name
/// every object of the set. `reading` is told of each volume. Throws: Error corrupt, saying why the
/// set cannot be whole: a volume is missing or damaged, the last one stops inside a file, or the
/// signatures name more.
[[nodiscard]] manifest::Manifest rebuild_manifest(Archive& archive, const chain::BackupSet& set,
                                                  const std::optional<std::string>& signatures,
                                                  ReadingProgress& reading,
                                                  const std::stop_token& stop);

}  // namespace duplid::operation
