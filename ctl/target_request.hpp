// Target options to the params that all requests about archives share.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/request.hpp"
#include "proto/archive_params.hpp"

namespace duplid::ctl {

/// Fills what says how the target is reached; its variables travel as secrets do (secrets.hpp).
/// Throws: Failure (usage), naming the option.
void fill_target(proto::ArchiveParams& archive, const CommandLine& line, const Surroundings& here);

}  // namespace duplid::ctl
