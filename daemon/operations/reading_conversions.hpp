// Requests and reports of restore, verify and check, between the engine and the wire.
#pragma once

#include "engine/operation/check/check.hpp"
#include "engine/operation/check/verify.hpp"
#include "engine/operation/restore/restore.hpp"
#include "proto/event.hpp"
#include "proto/proof_params.hpp"
#include "proto/restore.hpp"

#include <cstdint>

namespace duplid::daemon {

/// Throw: Error invalid. Whom to tell is left to the caller.
[[nodiscard]] operation::RestoreRequest request_from(const proto::RestoreParams& params);
[[nodiscard]] operation::VerifyRequest request_from(const proto::VerifyParams& params);

[[nodiscard]] proto::RestoreReport to_wire(const operation::RestoreReport& report);
[[nodiscard]] proto::VerifyReport to_wire(const operation::VerifyReport& report,
                                          std::uint64_t warnings);
[[nodiscard]] proto::CheckReport to_wire(const operation::CheckReport& report,
                                         std::uint64_t warnings);
[[nodiscard]] proto::DifferenceEvent to_wire(const operation::LocalDifference& difference);

}  // namespace duplid::daemon
