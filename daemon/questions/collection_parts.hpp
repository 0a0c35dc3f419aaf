// A description of an archive that is too long for one line.
#pragma once

#include "proto/questions.hpp"

#include <vector>

namespace duplid::daemon {

/// Sets in one part: with some 250 bytes each it is far from the limit of a line.
inline constexpr std::size_t sets_per_part_max = 2000;

/// Leaves a reply of at most that many sets and chains as it is. Takes all chains and sets out of a
/// longer one and returns them in parts, which proto::add_part() puts together again.
[[nodiscard]] std::vector<proto::CollectionNotification>
take_parts(proto::CollectionStatusReply& reply);

}  // namespace duplid::daemon
