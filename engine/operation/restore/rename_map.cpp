#include "engine/operation/restore/rename_map.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"

#include <algorithm>

namespace duplid::operation {

RenameMap::RenameMap(const std::vector<std::pair<std::string, std::string>>& renames)
{
    for (const auto& [from, to] : renames) {
        Rename rename{naming::key_of_path(from, Error::Kind::invalid),
                      naming::key_of_path(to, Error::Kind::invalid)};
        if (rename.from.empty() || rename.to.empty()) {
            throw Error{Error::Kind::invalid, "the whole tree cannot be renamed",
                        rename.from.empty() ? from : to, "name another destination instead"};
        }
        const bool again = std::any_of(renames_.begin(), renames_.end(), [&](const auto& other) {
            return other.from == rename.from;
        });
        if (again) {
            throw Error{Error::Kind::invalid, "it is to be renamed twice", from};
        }
        renames_.push_back(std::move(rename));
    }
    std::stable_sort(renames_.begin(), renames_.end(),
                     [](const auto& a, const auto& b) { return a.from.size() > b.from.size(); });
}

std::string RenameMap::apply(const std::string& key) const
{
    for (const auto& rename : renames_) {
        if (naming::is_at_or_below(key, rename.from)) {
            return rename.to + key.substr(rename.from.size());
        }
    }
    return key;
}

}  // namespace duplid::operation
