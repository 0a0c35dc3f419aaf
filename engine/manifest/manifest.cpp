#include "engine/manifest/manifest.hpp"

#include "engine/naming/index.hpp"

namespace duplid::manifest {

bool may_hold(const Volume& volume, std::string_view key)
{
    // What lies below `key` sorts after it, so the range's beginning is compared only as deep as
    // `key` goes: a volume that begins in the middle of a wanted directory counts.
    return naming::first_components(volume.first.key, naming::depth_of(key)) <= key &&
           key <= volume.last.key;
}

}  // namespace duplid::manifest
