// Lists what a backup holds as of some time, without reading a volume.
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

struct ListRequest {
    std::optional<std::int64_t> time{};
    /// Only what is at or below this path; empty: everything.
    std::string path{};
    /// So many levels below the path at most; nothing: all.
    std::optional<std::uint32_t> depth{};
    /// Leave out the path itself: with depth 1, a folder's content.
    bool without_path = false;
    /// At most so many; 0: all.
    std::uint64_t limit = 0;
    /// Only what comes after this path in index order; empty: from the beginning.
    std::string after{};
    /// Where there is no whole backup: what an interrupted full set holds so far. Nothing of it can
    /// be restored before a backup has gone on with it.
    bool unfinished = false;
};

struct ListOutcome {
    naming::SetId set;
    std::uint64_t files = 0;
    bool more = false;  ///< the limit left some out
    /// What it cost: rows of the index looked at, and searches in it.
    std::uint64_t steps = 0;
};

/// Calls `take` for each object in index order, until it returns false.
/// The archive need not be locked. Throws: Error; not_found when the archive has no backup, or the
/// backup nothing at the path.
ListOutcome list_files(Archive& archive, const ListRequest& request, Monitor& monitor,
                       std::stop_token stop, const std::function<bool(const ListedFile&)>& take);

}  // namespace duplid::operation
