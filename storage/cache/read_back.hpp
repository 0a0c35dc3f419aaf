// Remembers which files of a target were read back and found whole, so that samples rotate.
#pragma once

#include "storage/sqlite/database.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace duplid::cache {

struct ReadBackFile {
    std::uint64_t bytes = 0;
    std::int64_t time = 0;  ///< epoch seconds
};

/// checks.db in an archive directory. It can be lost at any time; a damaged one is replaced.
/// One thread at a time. Throws: Error (see sqlite::Database).
class ReadBack {
public:
    [[nodiscard]] static std::unique_ptr<ReadBack> open(const std::string& directory);
    /// Null when there is none; for those who only want to look.
    [[nodiscard]] static std::unique_ptr<ReadBack> open_if_there(const std::string& directory);

    [[nodiscard]] std::unordered_map<std::string, ReadBackFile> all();
    void put(const std::string& name, const ReadBackFile& file);
    void forget(const std::string& name);
    /// Forgets all others.
    void keep_only(const std::vector<std::string>& names);

private:
    explicit ReadBack(sqlite::Database database) : database_{std::move(database)} {}

    sqlite::Database database_;
};

}  // namespace duplid::cache
