// From a merged document to a job that makes sense, or to what is wrong with it and where.
#pragma once

#include "daemon/jobs/document.hpp"
#include "daemon/jobs/job.hpp"

#include <functional>
#include <string>

namespace duplid::jobs {

/// Finds what only the rest of the daemon can tell of a job: whether its requests would be taken.
/// Throws: Error, its object the member.
using Judge = std::function<void(const Job&)>;

/// Throws: ProblemError with file, line and column of what is wrong.
[[nodiscard]] Job job_from(const Document& document, const std::string& name, const Judge& judge);

/// Whether secrets that programs print are said in the way of this instance: by names, or as
/// commands. Throws: Error invalid, its object the member.
void check_secrets_fit(const Job& job, bool takes_names);

}  // namespace duplid::jobs
