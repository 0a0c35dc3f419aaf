// Locks that outlive the request that took them, for clients that ask several things about an
// archive and want nobody else between.
#pragma once

#include "daemon/loop/guarded.hpp"
#include "storage/cache/file_lock.hpp"

#include <map>
#include <string>
#include <vector>

namespace duplid::daemon {

/// Any thread. All are released with it.
class KeptLocks {
public:
    /// Whether the locks of `archive` are here, and still keep everybody out: front ends delete
    /// caches with the locks in them. What is no use is dropped.
    [[nodiscard]] bool hold(const std::string& archive);

    void keep(const std::string& archive, std::vector<cache::FileLock> locks);

private:
    Guarded<std::map<std::string, std::vector<cache::FileLock>>> locks_;
};

}  // namespace duplid::daemon
