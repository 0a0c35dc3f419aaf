// tree-delta and tree-patch: directories, signatures and deltas without an archive, which is what
// rdiffdir does.
//
// For private instances only: they name files of the caller's, and perhaps its standard streams.
#pragma once

#include "proto/backup.hpp"
#include "proto/field.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

/// A file that is read or written. A relative path starts where the daemon stands.
struct TreeFile {
    std::string path;
    /// Instead of a path: the daemon's standard input or output, which must be the caller's
    /// (duplid --lent-streams).
    bool standard = false;

    void describe(Fields& fields);
};

/// Compares a directory with signatures of what it was. Signature, delta and tar of rdiffdir.
struct TreeDeltaParams {
    std::string directory;  ///< as typed: rules are compared with it
    std::string working_directory;
    std::vector<TreeFile> signatures;   ///< of what it was, oldest first; none: nothing
    std::optional<TreeFile> delta;      ///< written: what changed; one of the two must be there
    std::optional<TreeFile> signature;  ///< written: signatures of what changed
    bool gzip = false;                  ///< what is written; what is read tells by itself
    std::vector<RuleParams> rules;
    bool null_separator = false;
    std::uint32_t max_blocksize = 2048;
    std::string tempdir;
    bool tell_objects = false;  ///< as `object` events: new, changed, deleted
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

/// Applies a delta to a directory, which is made if it is not there.
struct TreePatchParams {
    std::string directory;
    TreeFile delta;
    bool tell_objects = false;  ///< as `object` events: patched
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
