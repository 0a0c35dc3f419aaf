// Target options to the params that all requests about archives share.
#pragma once

#include "ctl/requests/request.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/archive_params.hpp"

#include <optional>
#include <string>

namespace duplid::ctl {

/// Fills what says how the target is reached; its variables travel as secrets do (secrets.hpp).
/// Throws: Failure (usage), naming the option.
void fill_target(proto::ArchiveParams& archive, const CommandLine& line, const Surroundings& here);

/// The directory of a target on this machine, however it is reached; nothing for any other.
[[nodiscard]] std::optional<std::string> local_target(const std::string& url);

}  // namespace duplid::ctl
