// Copies to a target of several what it lacks, byte for byte, from one that has all.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/targets/compare_targets.hpp"
#include "engine/operation/targets/target_records.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

namespace duplid::operation {

/// What was copied, also by a copy that broke off.
struct CaughtUp {
    std::uint64_t sets = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

/// Where from, where to, and what is kept of it.
struct CatchUp {
    Archive& archive;  ///< whose cache knows the hashes of volumes, and where temporary files go
    remote::Remote& from;
    remote::Remote& to;
    TargetRecord& record;             ///< of `to`
    std::function<void()> on_record;  ///< the record has changed and is to be kept
    Monitor& monitor;
    std::stop_token stop;
    /// Wanted of it: to end with the file that is being copied.
    std::stop_token stop_at_border{};
};

/// Set after set in the order given, in each the manifest last: wherever it breaks off, what is
/// there is an archive. Goes on behind the last file that an earlier copy of the same set is known
/// to have brought; other files that are there already under these names may be of an attempt that
/// was given up, and are replaced. A volume that is not what the cache's manifest says is not
/// copied. Throws: Error.
void catch_up(CatchUp context, std::span<const MissingSet> missing, CaughtUp& done);

/// Whether both have the same bytes under that name. Throws: Error.
[[nodiscard]] bool is_same_file(remote::Remote& one, remote::Remote& other,
                                const std::string& name);

}  // namespace duplid::operation
