// What an examination of an archive finds, one thing at a time.
#pragma once

#include "engine/naming/name.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::operation {

struct Finding {
    enum class Kind {
        duplicate_file,  ///< a second file of one volume, manifest or signatures
        stray_file,      ///< not an archive's, but duplicity takes it for one and aborts
        manifest_missing,
        manifest_damaged,
        signatures_missing,
        signatures_damaged,
        volume_missing,
        volume_damaged,
        path_lost,
        set_orphaned,    ///< what it builds on is gone
        set_incomplete,  ///< a run that broke off
        cache_stale,     ///< a file of the cache, or the catalog, is not what the target says
    };
    enum class State {
        mended,
        mendable,  ///< would be, if it was asked for
        lost,
        left,  ///< no damage, or none that may be touched
    };

    Kind kind = Kind::stray_file;
    State state = State::left;
    std::optional<naming::SetId> set{};
    std::string object{};                 ///< file on the target, or path in the backup
    std::string about{};                  ///< one sentence, lower case, no full stop
    std::optional<std::int64_t> from{};   ///< of a path: the first set that lacks it
    std::optional<std::int64_t> until{};  ///< the first that has it again
};

}  // namespace duplid::operation
