// From a command line to the params of questions about files.
#pragma once

#include "ctl/requests/request.hpp"
#include "proto/changes.hpp"
#include "proto/compare.hpp"
#include "proto/file_questions.hpp"
#include "proto/sync.hpp"
#include "proto/why.hpp"

namespace duplid::ctl {

/// All throw: Failure (usage), naming the option.
[[nodiscard]] proto::ListFilesParams list_files_params(const CommandLine& line,
                                                       const Surroundings& here);
[[nodiscard]] proto::FindParams find_params(const CommandLine& line, const Surroundings& here);
[[nodiscard]] proto::VersionsParams versions_params(const CommandLine& line,
                                                    const Surroundings& here);
[[nodiscard]] proto::CompareParams compare_params(const CommandLine& line,
                                                  const Surroundings& here);
[[nodiscard]] proto::WhyParams why_params(const CommandLine& line, const Surroundings& here);
[[nodiscard]] proto::SyncParams sync_params(const CommandLine& line, const Surroundings& here);
[[nodiscard]] proto::FileChangedParams file_changed_params(const CommandLine& line,
                                                           const Surroundings& here);
[[nodiscard]] proto::ChangesInSetParams changes_in_set_params(const CommandLine& line,
                                                              const Surroundings& here);

}  // namespace duplid::ctl
