#include "daemon/jobs/schema.hpp"

#include "daemon/jobs/job.hpp"
#include "proto/schema.hpp"

namespace duplid::jobs {

namespace {

/// Members that do not exist are errors, at every level.
void close(nlohmann::json& schema)
{
    if (schema.contains("properties")) {
        schema["additionalProperties"] = false;
        for (auto& property : schema["properties"]) {
            close(property);
        }
    }
    if (schema.contains("items")) {
        close(schema["items"]);
    }
}

}  // namespace

nlohmann::json job_schema()
{
    auto schema = proto::schema_of<Job>();
    schema["properties"]["$schema"] = {{"type", "string"},
                                       {"description", "of this file, for editors"}};
    close(schema);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = "A job of duplid: jobs.d/NAME.json";
    return schema;
}

}  // namespace duplid::jobs
