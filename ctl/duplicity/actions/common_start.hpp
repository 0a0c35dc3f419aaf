// What all actions begin with: banner, what is on the target, the cache made equal to it.
//
// Order and texts: command-line.md 1.3 and 5.7.
#pragma once

#include "ctl/duplicity/actions/action.hpp"

namespace duplid::duplicity {

/// Tells the banner, asks for the collection status, warns of what belongs to no chain (warnings
/// 2 to 6), brings the cache in line (not for collection-status, the removals and replicate), and
/// tells the date of the last full backup. Returns what is on the target.
/// Throws: Fatal (23 when another has the lock; 9 for a bad archive directory, ...).
[[nodiscard]] proto::CollectionStatusReply common_start(Context& context);

}  // namespace duplid::duplicity
