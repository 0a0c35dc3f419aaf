// Where tests keep what they flush to the disk again and again.
#pragma once

#include "storage/io/temp_file.hpp"

#include <string>
#include <unistd.h>

namespace duplid::support {

/// A directory in memory where there is one: tests can kill processes and fill disks but not cut
/// the power, and each flush of a busy disk takes many milliseconds.
inline std::string quick_directory()
{
    return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : io::default_temp_directory();
}

}  // namespace duplid::support
