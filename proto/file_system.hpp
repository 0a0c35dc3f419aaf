// file-system: on which disk a local path is, as the daemon sees it.
#pragma once

#include "proto/field.hpp"

#include <string>

namespace duplid::proto {

struct FileSystemParams {
    std::string path;  ///< absolute; need not be there

    void describe(Fields& fields);
};

struct FileSystemReply {
    std::string mount_point;  ///< empty: the table of mounts cannot be read
    std::string uuid;         ///< empty: it has none, or nobody can tell
    bool is_root = false;     ///< it is what is mounted at "/"
    bool lacks_disk = false;  ///< a place where disks are mounted, and none is

    void describe(Fields& fields);
};

}  // namespace duplid::proto
