// Nobody has to help a run over a damaged cache: all that it knows can be learnt again.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "storage/io/error.hpp"

namespace duplid::operation {

/// Whether `error` tells of damage in the archive's catalog or journal.
[[nodiscard]] bool is_of_damaged_cache(const Archive& archive, const Error& error);

/// Puts the database aside that `error` tells of. No object may have it open. Throws: Error.
void set_damaged_cache_aside(const Archive& archive, const Error& error, Monitor& monitor);

/// Does `work`, and does it once more when catalog or journal turn out to be damaged in the middle
/// of it (damage at their beginning is noticed when they are opened). Throws: whatever `work`
/// throws.
template <class Work>
auto despite_damaged_cache(const Archive& archive, Monitor& monitor, const Work& work)
{
    try {
        return work();
    } catch (const Error& error) {
        if (!is_of_damaged_cache(archive, error)) {
            throw;
        }
        set_damaged_cache_aside(archive, error, monitor);
    }
    return work();
}

}  // namespace duplid::operation
