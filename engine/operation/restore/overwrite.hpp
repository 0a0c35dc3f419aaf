// What a restore does with objects that stand in its way.
#pragma once

#include "engine/tar/header.hpp"

#include <cstdint>
#include <string_view>
#include <sys/stat.h>

namespace duplid::operation {

enum class Overwrite {
    always,
    /// Files whose content is another are replaced; of all others only metadata are set. So an
    /// interrupted restore is continued.
    changed,
    newer,  ///< what was changed later in the archive than where it is restored to
    never,
};

/// What became of an object.
enum class Effect {
    made,       ///< nothing was there
    replaced,   ///< something was there; of a folder: it got its metadata
    unchanged,  ///< its content was right already; it got its metadata
    left,       ///< something was there and was not to be touched
    failed,     ///< it could not be written; a warning says why
};

/// "made", "replaced", ...
[[nodiscard]] std::string_view name_of(Effect effect) noexcept;

/// Whether what stands there, `there`, gives way to the object of `header`.
[[nodiscard]] bool gives_way(Overwrite overwrite, const struct stat& there,
                             const tar::Header& header) noexcept;

/// Whether `there` is an object of that type; a regular file's content is not asked for, nor is a
/// link's.
[[nodiscard]] bool is_of_type(const struct stat& there, tar::Type type) noexcept;

}  // namespace duplid::operation
