// One object of an archive beside the one in the file system (command-line.md 5.4).
#pragma once

#include "engine/operation/check/verify.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/select/entry.hpp"
#include "engine/tar/header.hpp"

#include <optional>

namespace duplid::operation {

/// Which of an object's metadata differ: the first in duplicity's order (type, permissions with
/// owner, time of files, folders and fifos in whole seconds, link, device numbers), or nothing.
/// `path` is left to the caller.
[[nodiscard]] std::optional<LocalDifference> compare_metadata(const select::Entry& local,
                                                              const tar::Header& archived,
                                                              Owners& owners, bool numeric_owner);

/// duplicity's word for a type: reg, dir, sym, fifo, chr, blk.
[[nodiscard]] std::string_view word_of(tar::Type type) noexcept;

}  // namespace duplid::operation
