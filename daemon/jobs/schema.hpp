// The JSON Schema of a job's file, for editors: etc/duplid-job.schema.json.
#pragma once

#include <nlohmann/json.hpp>

namespace duplid::jobs {

/// Nothing is required: what one file leaves out another may say.
[[nodiscard]] nlohmann::json job_schema();

}  // namespace duplid::jobs
