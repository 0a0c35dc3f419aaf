// Words that several of the reference's texts share.
#pragma once

#include <cstdint>
#include <string>

namespace duplid::duplicity {

/// "Sat Nov 21 21:03:10 2026": asctime in local time.
[[nodiscard]] std::string date_text(std::int64_t epoch);

/// "20261121T210310Z", as all machine output has times.
[[nodiscard]] std::string stamp(std::int64_t epoch);

}  // namespace duplid::duplicity
