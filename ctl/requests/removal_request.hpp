// Command lines of removals and cleanup as params of their methods.
#pragma once

#include "ctl/requests/request.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/removal.hpp"

namespace duplid::ctl {

/// All throw: Failure (usage), naming the option or argument.
[[nodiscard]] proto::RemoveOlderThanParams remove_older_than_params(const CommandLine& line,
                                                                    const Surroundings& here);
[[nodiscard]] proto::RemoveAllButNFullParams remove_all_but_n_full_params(const CommandLine& line,
                                                                          const Surroundings& here);
[[nodiscard]] proto::RemoveIncrementsParams remove_increments_params(const CommandLine& line,
                                                                     const Surroundings& here);
[[nodiscard]] proto::PruneParams prune_params(const CommandLine& line, const Surroundings& here);
[[nodiscard]] proto::CleanupParams cleanup_params(const CommandLine& line,
                                                  const Surroundings& here);

}  // namespace duplid::ctl
