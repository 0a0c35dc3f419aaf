// Manual pages of the configuration: duplid-job(5) and duplid.json(5), from the same descriptions
// that read the files, and their sample for an example.
#pragma once

#include <string>
#include <string_view>

namespace duplid::jobs {

/// In the macros of man(7). `example` is the text of a file.
[[nodiscard]] std::string job_manual(std::string_view example);
[[nodiscard]] std::string settings_manual(std::string_view example);

}  // namespace duplid::jobs
