// A job's targets, each as an archive with a way to reach it.
#pragma once

#include "daemon/jobs/job.hpp"
#include "daemon/jobs/secrets.hpp"
#include "proto/archive_params.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace duplid::jobs {

/// One of them, for requests about it alone.
struct JobTarget {
    std::string name;  ///< empty: it is the job's only one
    /// The job's, with this target's URL and options. The archive directory of the first is the
    /// job's; each further one has that which duplicity would use with its URL.
    proto::ArchiveParams archive;
    /// Of the way to the target: password and variables. Passphrases are the job's.
    SecretSources secrets;
    bool is_required = false;  ///< as Target::required
    std::string filesystem{};  ///< UUID of the one that it is on; empty: any
};

/// "target" and "targets" say the same in two ways, so that a layer of settings with one of them
/// replaces the other in the layers below: the members that are to go there.
[[nodiscard]] std::vector<std::string> members_replaced_by(const proto::Json& layer);

/// Lays each target's options, as `settings` has them, over the job's: once, when it was read.
/// Throws: Error invalid, its object the member, for what only a job can say.
void complete_targets(Job& job, const proto::Json& settings);

/// In the job's order; at least one.
[[nodiscard]] std::vector<JobTarget> targets_of(const Job& job);

/// The job as it would be with that target alone.
[[nodiscard]] Job with_target(const Job& job, std::size_t index);

/// Of a target on this machine. Throws: Error invalid, its object `part`, for any other.
[[nodiscard]] std::string local_directory(const std::string& target, const std::string& part);

/// Throws: Error invalid, its object the member, for targets that make no sense.
void check_targets(const Job& job);

}  // namespace duplid::jobs
