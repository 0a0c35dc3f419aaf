// Between the engine's requests and reports and those on the wire.
#pragma once

#include "engine/operation/backup.hpp"
#include "engine/operation/collection_status.hpp"
#include "engine/operation/list_files.hpp"
#include "engine/operation/restore.hpp"
#include "proto/backup.hpp"
#include "proto/questions.hpp"
#include "proto/report.hpp"
#include "proto/restore.hpp"

namespace duplid::daemon {

/// All but host names and time, which are this machine's and this moment's.
/// Throws: Error invalid, for rules of an unknown kind among others.
[[nodiscard]] operation::BackupRequest request_from(const proto::BackupParams& params);
[[nodiscard]] operation::RestoreRequest request_from(const proto::RestoreParams& params);

[[nodiscard]] proto::SetName to_wire(const naming::SetId& set);
[[nodiscard]] proto::BackupReport to_wire(const operation::BackupReport& report);
[[nodiscard]] proto::RestoreReport to_wire(const operation::RestoreReport& report);
[[nodiscard]] proto::CollectionStatusReply to_wire(const operation::CollectionStatus& status);
[[nodiscard]] proto::FileEntry to_wire(const operation::ListedFile& file);

}  // namespace duplid::daemon
