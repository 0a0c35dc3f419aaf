// Databases that may be thrown away: a damaged one, or one of another version, gives way to an
// empty one. Private to this folder.
#pragma once

#include "storage/sqlite/database.hpp"

#include <string>

namespace duplid::cache {

struct VersionedDatabase {
    sqlite::Database database;
    std::string why_recreated;  ///< empty when the file that was there is in use, or none was there
};

/// Opens the database at `path`. An empty one is given `schema` and `version`.
/// Throws: Error, but not corrupt.
[[nodiscard]] VersionedDatabase open_versioned(const std::string& path, const char* schema,
                                               int version, const sqlite::OpenOptions& options);

/// Renames the database at `path` to "<path>.bad", replacing an older one of that name, and
/// removes SQLite's files beside it. Absence is fine. Throws: Error.
void set_database_aside(const std::string& path);

}  // namespace duplid::cache
