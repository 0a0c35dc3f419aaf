// What a walk could not look at: nobody can tell whether it is still there.
#pragma once

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::operation {

/// Why `path`, as the walker tells it, could not be read.
[[nodiscard]] inline Error unreadable(const Error& why, const std::string& path)
{
    return why.with_detail("unreadable", {{"path", path}});
}

class UnknownPaths {
public:
    /// `path` as the walker tells it: the source as given, `base`, and what follows. Returns its
    /// key.
    const std::string& add(std::string_view path, std::string_view base)
    {
        path.remove_prefix(std::min(base.size(), path.size()));
        return keys_.emplace_back(naming::key_of_path(path, Error::Kind::internal));
    }

    [[nodiscard]] bool contains(std::string_view key) const
    {
        return std::any_of(keys_.begin(), keys_.end(), [key](const auto& unknown) {
            return naming::is_at_or_below(key, unknown);
        });
    }

private:
    std::vector<std::string> keys_;
};

}  // namespace duplid::operation
