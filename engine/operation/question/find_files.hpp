// Finds files in a backup, or in all of them, by name and metadata.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/question/listed_file.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

struct FindRequest {
    std::string pattern{};  ///< see PathPattern; empty: everything
    bool is_regexp = false;
    std::optional<std::int64_t> time{};
    /// In every set, and not only in that of a time.
    bool all_times = false;
    std::string types{};  ///< letters as in ListedFile; empty: all
    /// Of regular files, both ends included. Where the size is not known, none of them matches.
    std::optional<std::uint64_t> bytes_min{};
    std::optional<std::uint64_t> bytes_max{};
    std::optional<std::int64_t> newer_than{};  ///< mtime is later than this
    std::optional<std::int64_t> older_than{};  ///< mtime is earlier than this
    /// A page: at most so many paths, and fewer where they are rare, so that a page takes no longer
    /// than a moment. 0: all.
    std::uint64_t limit = 0;
    std::string after{};  ///< only paths after this one in index order
};

/// A version of a path that matches.
struct FoundFile {
    ListedFile file;
    naming::SetId first;  ///< the first set that holds it
    naming::SetId last;   ///< the last one of the same chain
};

struct FindOutcome {
    std::uint64_t files = 0;  ///< versions given
    std::uint64_t paths = 0;  ///< that they are versions of
    bool more = false;        ///< there may be more behind this page
    std::string next{};       ///< then: what `after` of the next page is
    /// Sets that could not be searched because their signatures are missing.
    std::uint64_t unknown_sets = 0;
    std::uint64_t steps = 0;  ///< rows and names looked at, and searches in the index
};

/// Calls `take` for each version in index order, the versions of a path by chain and then by set,
/// until it returns false.
/// The archive need not be locked. Throws: Error; not_found when the archive has no backup.
FindOutcome find_files(Archive& archive, const FindRequest& request, Monitor& monitor,
                       std::stop_token stop, const std::function<bool(const FoundFile&)>& take);

}  // namespace duplid::operation
