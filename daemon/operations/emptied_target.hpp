// A target on this machine that held an archive and holds nothing any more: mostly a disk that is
// not mounted, and the directory where it would be.
#pragma once

#include "daemon/archive/archive_opener.hpp"
#include "proto/archive_params.hpp"

namespace duplid::daemon {

/// Nothing is made and nothing is locked: the archive directory, in which signatures stay of what
/// was stored, tells whether there was something. For archives with one target (TargetGroup knows
/// more of several). Throws: Error unreachable.
void require_not_emptied(const proto::ArchiveParams& archive, const ArchiveDefaults& defaults);

}  // namespace duplid::daemon
