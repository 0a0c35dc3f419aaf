// What operations tell programs, as events on the wire.
#pragma once

#include "daemon/runs/event_log.hpp"
#include "engine/operation/archive/happenings.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/tar/header.hpp"
#include "proto/event.hpp"

#include <string>

namespace duplid::daemon {

/// duplicity's word for a type of object: reg, dir, sym, fifo, chr, blk (command-line.md 3.4).
[[nodiscard]] std::string word_of(tar::Type type);

[[nodiscard]] EventLog::What to_wire(const operation::Happening& what);
[[nodiscard]] proto::VolumeEvent to_wire(const operation::VolumeStep& step);
[[nodiscard]] proto::ObjectEvent to_wire(const operation::ObjectChange& change);

}  // namespace duplid::daemon
