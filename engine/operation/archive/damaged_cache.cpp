#include "engine/operation/archive/damaged_cache.hpp"

#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"

#include <fmt/format.h>

namespace duplid::operation {

namespace {

bool is_of(const Archive& archive, const char* database, const Error& error)
{
    return error.object() == archive.directory.path_of(database);
}

}  // namespace

bool is_of_damaged_cache(const Archive& archive, const Error& error)
{
    return error.kind() == Error::Kind::corrupt &&
           (is_of(archive, "catalog.db", error) || is_of(archive, "journal.db", error));
}

void set_damaged_cache_aside(const Archive& archive, const Error& error, Monitor& monitor)
{
    if (is_of(archive, "catalog.db", error)) {
        cache::Catalog::set_aside(archive.directory.path());
    } else {
        cache::Journal::set_aside(archive.directory.path());
    }
    monitor.note(fmt::format("put aside, and made anew: {}", error.what()));
}

}  // namespace duplid::operation
