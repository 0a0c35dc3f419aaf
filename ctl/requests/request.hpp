// From a command line to the params of a method: names of options become names of members,
// paths become absolute, times become epoch seconds.
#pragma once

#include "ctl/words/command_line.hpp"
#include "ctl/words/surroundings.hpp"
#include "proto/backup.hpp"
#include "proto/proof_params.hpp"
#include "proto/questions.hpp"
#include "proto/repair.hpp"
#include "proto/replicate.hpp"
#include "proto/restore.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::ctl {

/// Secrets are not in these; see secrets.hpp. All throw: Failure (usage), naming the option.
[[nodiscard]] proto::ArchiveParams archive_params(const CommandLine& line, std::string url,
                                                  const Surroundings& here);
[[nodiscard]] proto::BackupParams backup_params(const CommandLine& line, const Surroundings& here);
[[nodiscard]] proto::RestoreParams restore_params(const CommandLine& line,
                                                  const Surroundings& here);
[[nodiscard]] proto::VerifyParams verify_params(const CommandLine& line, const Surroundings& here);
[[nodiscard]] proto::CheckParams check_params(const CommandLine& line, const Surroundings& here);
[[nodiscard]] proto::CollectionStatusParams collection_status_params(const CommandLine& line,
                                                                     const Surroundings& here);

[[nodiscard]] proto::Lifetime lifetime_of(const CommandLine& line);
[[nodiscard]] proto::ReplicateParams replicate_params(const CommandLine& line,
                                                      const Surroundings& here);
[[nodiscard]] proto::RepairParams repair_params(const CommandLine& line, const Surroundings& here);

/// Says what duplicity takes from its environment and a daemon that is no child of ours cannot
/// see: the cache directory and gpg's home, unless options name them.
void add_environment(proto::ArchiveParams& archive);

/// The number of a run. Throws: Failure (usage).
[[nodiscard]] std::uint64_t run_number(const std::string& text);

}  // namespace duplid::ctl
