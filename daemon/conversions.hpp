// Between the engine's requests and reports and those on the wire.
#pragma once

#include "engine/operation/backup.hpp"
#include "engine/operation/collection_status.hpp"
#include "engine/operation/list_files.hpp"
#include "engine/select/rule.hpp"
#include "proto/backup.hpp"
#include "proto/questions.hpp"
#include "proto/report.hpp"

#include <string>
#include <vector>

namespace duplid::daemon {

/// All but host names and time, which are this machine's and this moment's.
/// Throws: Error invalid, for rules of an unknown kind among others.
[[nodiscard]] operation::BackupRequest request_from(const proto::BackupParams& params);
/// Selection options, and where their lists are read. Throw: Error invalid.
[[nodiscard]] std::vector<select::RuleOption>
rules_from(const std::vector<proto::RuleParams>& rules);
[[nodiscard]] select::RuleSettings rule_settings_from(bool null_separator,
                                                      const std::string& working_directory);

[[nodiscard]] proto::SetName to_wire(const naming::SetId& set);
[[nodiscard]] proto::BackupReport to_wire(const operation::BackupReport& report);
[[nodiscard]] proto::CollectionStatusReply to_wire(const operation::CollectionStatus& status);
[[nodiscard]] proto::FileEntry to_wire(const operation::ListedFile& file);

}  // namespace duplid::daemon
