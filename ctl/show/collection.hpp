// collection-status for people.
#pragma once

#include "proto/questions.hpp"

#include <string>

namespace duplid::show {

/// duplicity's layout (command-line.md 5.2), which scripts search, but for one line: where it names
/// a class of its own ("Connecting with backend: BackendWrapper") this names the target.
[[nodiscard]] std::string collection_status(const proto::CollectionStatusReply& reply);

/// The part of it from the secondary chains to the leftovers.
[[nodiscard]] std::string collection_chains(const proto::CollectionStatusReply& reply);

}  // namespace duplid::show
