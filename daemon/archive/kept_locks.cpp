#include "daemon/archive/kept_locks.hpp"

#include <algorithm>
#include <utility>

namespace duplid::daemon {

bool KeptLocks::hold(const std::string& archive)
{
    return locks_.with([&](auto& all) {
        const auto found = all.find(archive);
        if (found == all.end()) {
            return false;
        }
        if (std::ranges::all_of(found->second, &cache::FileLock::is_in_place)) {
            return true;
        }
        all.erase(found);
        return false;
    });
}

void KeptLocks::keep(const std::string& archive, std::vector<cache::FileLock> locks)
{
    locks_.with([&](auto& all) { all.insert_or_assign(archive, std::move(locks)); });
}

}  // namespace duplid::daemon
