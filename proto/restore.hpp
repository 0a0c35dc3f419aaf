// restore: brings a tree, or a part of it, back.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::proto {

struct RestoreParams {
    ArchiveParams archive;
    std::string destination;           ///< absolute
    std::string path;                  ///< inside the archive; empty: everything
    std::optional<std::int64_t> time;  ///< epoch seconds; not set: the newest
    bool force = false;
    bool restore_ownership = true;
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
