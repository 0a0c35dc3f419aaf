// What a run that ended has to tell, for people.
#pragma once

#include "proto/report.hpp"

#include <string>

namespace duplid::show {

/// duplicity's statistics block, byte for byte (command-line.md 5.1), with the empty line after it.
[[nodiscard]] std::string statistics_block(const proto::BackupStatistics& statistics);

/// The block, and backup_result().
[[nodiscard]] std::string backup_report(const proto::BackupReport& report);

/// A line that says what came of a backup, and names the set.
[[nodiscard]] std::string backup_result(const proto::BackupReport& report);

[[nodiscard]] std::string restore_report(const proto::RestoreReport& report);

[[nodiscard]] std::string sync_report(const proto::SyncReport& report);

/// "the full set of Sat Nov 21 21:03:10 2026"
[[nodiscard]] std::string set_in_words(const proto::SetName& set);

}  // namespace duplid::show
