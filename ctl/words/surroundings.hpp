// Where and when this program runs: what relative paths and times on a command line count from.
#pragma once

#include <cstdint>
#include <string>

namespace duplid::ctl {

/// What a request depends on besides the command line.
struct Surroundings {
    /// Absolute; relative paths start here.
    std::string working_directory;
    /// When the program started, in epoch seconds: what "3D" counts from.
    std::int64_t now = 0;
};

/// Those of this process. Throws: Failure.
[[nodiscard]] Surroundings surroundings();

}  // namespace duplid::ctl
