// Between the engine's requests and reports and those on the wire.
#pragma once

#include "engine/operation/backup/backup.hpp"
#include "engine/operation/question/collection_status.hpp"
#include "engine/select/rule.hpp"
#include "proto/backup.hpp"
#include "proto/questions.hpp"
#include "proto/report.hpp"

#include <string>
#include <vector>

namespace duplid::daemon {

/// Selection options and their lists. Throws: Error invalid, for rules of an unknown kind.
[[nodiscard]] std::vector<select::RuleOption>
rules_from(const std::vector<proto::RuleParams>& params);
/// Lists are named as the caller sees them, and the daemon stands elsewhere.
[[nodiscard]] select::RuleSettings rule_settings_from(bool null_separator,
                                                      const std::string& working_directory);
/// A source as rules see it. Throws: Error invalid for a relative one of somebody who stands
/// elsewhere.
[[nodiscard]] std::string source_from(const std::string& source,
                                      const std::string& working_directory);

/// All but host names and time, which are this machine's and this moment's.
/// Throws: Error invalid, for rules of an unknown kind among others.
[[nodiscard]] operation::BackupRequest request_from(const proto::BackupParams& params);

[[nodiscard]] proto::SetName to_wire(const naming::SetId& set);
[[nodiscard]] proto::BackupReport to_wire(const operation::BackupReport& report);
[[nodiscard]] proto::CollectionStatusReply to_wire(const operation::CollectionStatus& status);

}  // namespace duplid::daemon
