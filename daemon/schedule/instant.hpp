// Moments and lengths of time, in whole microseconds as systemd counts them.
#pragma once

#include <chrono>

namespace duplid::schedule {

/// A length of time, never negative where it is part of a plan.
using Span = std::chrono::microseconds;

/// A moment of the wall clock (UTC, without leap seconds). Schedules use nothing else: steady time
/// stands still while the machine sleeps, and begins anew with each boot.
using Instant = std::chrono::sys_time<Span>;

}  // namespace duplid::schedule
