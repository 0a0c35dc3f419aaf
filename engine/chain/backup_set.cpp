#include "engine/chain/backup_set.hpp"

namespace duplid::chain {

std::vector<std::string> removal_order(const BackupSet& set)
{
    std::vector<std::string> names;
    if (set.manifest) {
        names.push_back(*set.manifest);
    }
    names.insert(names.end(), set.duplicates.begin(), set.duplicates.end());
    for (auto volume = set.volumes.rbegin(); volume != set.volumes.rend(); ++volume) {
        names.push_back(volume->second);
    }
    names.insert(names.end(), set.extras.begin(), set.extras.end());
    return names;
}

}  // namespace duplid::chain
