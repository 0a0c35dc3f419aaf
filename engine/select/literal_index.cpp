#include "engine/select/literal_index.hpp"

#include <algorithm>

namespace duplid::select {

namespace {

// The parent of `path`; empty when there is none.
std::string_view parent_of(std::string_view path) noexcept
{
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos || path == "/") {
        return {};
    }
    return path.substr(0, std::max<std::size_t>(slash, 1));
}

}  // namespace

void LiteralIndex::add(const Glob& glob, std::size_t position, bool include)
{
    const std::string_view path = glob.literal();
    auto& here = paths_[std::string{path}];
    auto& place = glob.is_for_directories() ? here.directory : here.anything;
    place = std::min(place, position);
    if (!include) {
        return;
    }
    for (auto parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
        auto& below = paths_[std::string{parent}].below;
        if (below != none) {
            break;  // an earlier rule has marked this parent, and hence all above it
        }
        below = position;
    }
}

const LiteralIndex::Positions* LiteralIndex::at(std::string_view path) const
{
    const auto found = paths_.find(path);
    return found == paths_.end() ? nullptr : &found->second;
}

LiteralIndex::Found LiteralIndex::find(std::string_view path, bool is_directory) const
{
    Found found;
    if (paths_.empty()) {
        return found;
    }
    if (const auto* here = at(path)) {
        found.match = is_directory ? std::min(here->anything, here->directory) : here->anything;
        found.below = here->below;
    }
    for (auto parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
        if (const auto* here = at(parent)) {
            found.match = std::min({found.match, here->anything, here->directory});
        }
    }
    return found;
}

}  // namespace duplid::select
