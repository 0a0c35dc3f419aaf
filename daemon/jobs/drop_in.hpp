// What `duplictl job set` writes: a file of its own, so that those of people stay as they are.
#pragma once

#include <string>

namespace duplid::jobs {

/// Behind what people put into a job's directory of drop-ins, which is in the order of names.
inline constexpr const char* set_file_name = "90-set.json";

/// `existing` (the text of that file, or empty) with `settings` laid over it; a member that is null
/// is taken out. Empty when nothing is left. Throws: ProblemError, its file "settings" or `file`.
[[nodiscard]] std::string with_settings(const std::string& existing, const std::string& file,
                                        const std::string& settings);

}  // namespace duplid::jobs
