// What restore, verify and check have to tell of single objects, and what verify and check found.
#pragma once

#include "proto/event.hpp"
#include "proto/proof.hpp"

#include <cstdint>
#include <string>

namespace duplid::show {

/// "replaced   a/b"
[[nodiscard]] std::string object_line(const proto::ObjectEvent& event);

/// duplicity's sentence, "Difference found: File a has type reg, expected dir" and the like
/// (command-line.md 5.4).
[[nodiscard]] std::string difference_line(const proto::DifferenceEvent& event);

/// What was proven, and duplicity's last line of a verify.
[[nodiscard]] std::string verify_report(const proto::VerifyReport& report);

/// "92% of the data were read back in the last 60 days."
[[nodiscard]] std::string read_back_line(std::uint64_t recent_bytes, std::uint64_t total_bytes,
                                         std::uint64_t days);

[[nodiscard]] std::string check_report(const proto::CheckReport& report);

}  // namespace duplid::show
