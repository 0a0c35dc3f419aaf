// What --json prints: for "duplictl api --schema".
#pragma once

#include <nlohmann/json.hpp>

namespace duplid::ctl {

/// For each verb with --json, in words, which messages of the protocol its lines are. They are the
/// daemon's own, unchanged, so that their descriptions are those of the schema.
[[nodiscard]] nlohmann::json json_documents();

}  // namespace duplid::ctl
