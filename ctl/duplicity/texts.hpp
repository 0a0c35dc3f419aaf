// Words that several of the reference's texts share.
#pragma once

#include "ctl/duplicity/invocation.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace duplid::duplicity {

/// "Sat Nov 21 21:03:10 2026": asctime in local time.
[[nodiscard]] std::string date_text(std::int64_t epoch);

/// "2026-11-21 21:03:10.123456", in local time.
[[nodiscard]] std::string moment_text(std::chrono::system_clock::time_point moment);

/// "20261121T210310Z".
[[nodiscard]] std::string stamp(std::int64_t epoch);

/// The same, as machine output has times; but with --old-filenames as old names have them:
/// "2026-11-21T22:03:10+01:00", or "Z" in UTC.
[[nodiscard]] std::string stamp(std::int64_t epoch, const Invocation& invocation);

}  // namespace duplid::duplicity
