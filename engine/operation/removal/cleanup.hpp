// Removes what belongs to no chain: what interrupted runs, other programs and accidents left.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/removal/deletion.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

struct CleanupRequest {
    /// Also the signatures of all chains but the newest: those can then only be restored, and their
    /// files no longer be listed.
    bool extra_clean = false;
    /// Also when there are sets but no chain: they may be all that is left.
    bool include_last_chain = false;
    /// Not set: only look.
    bool force = false;
};

struct CleanupReport {
    DeletionReport deletion;
    /// Files of the cache that go beside those of the sets above.
    std::vector<std::string> cached;
    /// Files that begin like ours and are not; they stay.
    std::vector<std::string> ignored;
};

/// Whoever calls this holds the locks of the archive: a set that is being made is incomplete, too.
/// Throws: Error (see chain::cleanup_steps).
[[nodiscard]] CleanupReport clean_up(Archive& archive, const CleanupRequest& request,
                                     Monitor& monitor, const std::stop_token& stop);

}  // namespace duplid::operation
