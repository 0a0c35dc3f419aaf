// Lists what a backup holds as of some time, without reading a volume.
#pragma once

#include "engine/operation/archive.hpp"
#include "engine/operation/monitor.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

struct ListedFile {
    std::string path;  ///< raw bytes, relative to the root, which is "."
    char type = 'f';   ///< f d l p c b
    std::uint32_t mode = 0;
    std::uint64_t uid = 0;
    std::uint64_t gid = 0;
    std::int64_t mtime = 0;
    std::optional<std::uint64_t> bytes;  ///< regular files, when known
    std::string link;                    ///< target of a symlink
};

struct ListRequest {
    std::optional<std::int64_t> time;
    /// Only what is at or below this path; empty: everything.
    std::string path;
};

/// Calls `take` for each object in index order, until it returns false. Returns the set listed.
/// Throws: Error not_found when the archive has no backup.
naming::SetId list_files(Archive& archive, const ListRequest& request, Monitor& monitor,
                         std::stop_token stop, const std::function<bool(const ListedFile&)>& take);

}  // namespace duplid::operation
