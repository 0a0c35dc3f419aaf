// --jsonstat of duplicity 3.x: the statistics as JSON.
#pragma once

#include "ctl/duplicity/invocation.hpp"
#include "proto/questions.hpp"
#include "proto/report.hpp"

#include <string>

namespace duplid::duplicity {

/// All figures of the statistics block and what 3.x says of the backup itself (command-line.md 11).
/// `before` is what the target held when it began.
[[nodiscard]] std::string json_statistics(const proto::BackupReport& report,
                                          const proto::CollectionStatusReply& before,
                                          const Invocation& invocation);

}  // namespace duplid::duplicity
