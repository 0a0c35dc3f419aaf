// Amounts as people write them into a job's file: "200M", "6M", "2h 30min".
#pragma once

#include <cstdint>
#include <string>

namespace duplid::jobs {

/// A span of time in seconds: systemd's (systemd.time(7)), with duplicity's D, W and Y beside d, w
/// and y, so that "30D" means what it means there. `part` names the member in errors.
/// Throws: Error invalid, its object `part`.
[[nodiscard]] std::int64_t seconds_from(const std::string& text, const std::string& part);

/// Bytes: a whole number, or one of units of 1024 and its powers (K, M, G, T).
/// Throws: Error invalid, its object `part`.
[[nodiscard]] std::uint64_t bytes_from(const std::string& text, const std::string& part);

}  // namespace duplid::jobs
