// verify and check: proofs that an archive holds what it should.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/backup.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

struct VerifyParams {
    ArchiveParams archive;
    std::string path;                  ///< inside the archive; empty: everything
    std::optional<std::int64_t> time;  ///< epoch seconds; not set: the newest
    std::string directory;             ///< absolute; empty: the archive is proven by itself
    bool compare_data = false;
    bool ignore_errors = false;     ///< damage is warned of and no error
    std::vector<RuleParams> rules;  ///< what of `directory` counts
    bool null_separator = false;
    std::vector<std::string> made;  ///< paths of files that commands made
    bool tell_volumes = false;      ///< those that were read, as `volume` events
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

struct CheckParams {
    ArchiveParams archive;
    std::string sample = "none";
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
