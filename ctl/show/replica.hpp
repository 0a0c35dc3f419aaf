// What replications and repairs that ended have to tell, for people.
#pragma once

#include "proto/repair_report.hpp"
#include "proto/replicate_report.hpp"

#include <string>

namespace duplid::show {

[[nodiscard]] std::string replicate_report(const proto::ReplicateReport& report);

/// One line a finding, then the sum.
[[nodiscard]] std::string repair_report(const proto::RepairReport& report);

}  // namespace duplid::show
