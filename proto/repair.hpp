// repair: finds what is wrong with an archive, and mends what can be mended.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/run.hpp"

namespace duplid::proto {

struct RepairParams {
    ArchiveParams archive;
    bool force = false;      ///< mend; else only say what would be done
    bool read_data = false;  ///< read all volumes and signatures, not only names and manifests
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
