// Puts the names of all keys that a chain ever had into blocks that can be searched without the
// rows (name_scan.hpp). Private to this folder.
#pragma once

#include "storage/sqlite/database.hpp"
#include "storage/sqlite/statement.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::cache {

/// Adds keys to the blocks of a chain. The caller has an open transaction.
class NameBlocks {
public:
    /// Bytes of names in a block: enough that looking for a text takes longer than finding the
    /// block, and little enough that a new key does not cost much to put in.
    static constexpr std::size_t block_bytes = std::size_t{32} << 10U;
    /// Keys that are gathered before they are put in, so that those of one block go in at once.
    static constexpr std::size_t batch_keys = 8192;

    NameBlocks(sqlite::Database& database, std::int64_t chain);

    /// Cheapest in order; a key that is there already does no harm.
    void add(std::string_view key);
    /// Puts in what was gathered.
    void flush();

private:
    void merge(std::span<const std::string> keys);
    void merge_into(const std::optional<std::string>& block, std::span<const std::string> keys);
    void put(std::string_view first_key, std::string_view packed);

    std::int64_t chain_;
    std::string database_path_;
    std::vector<std::string> keys_;
    sqlite::Statement block_of_;
    sqlite::Statement next_of_;
    sqlite::Statement remove_;
    sqlite::Statement insert_;
};

}  // namespace duplid::cache
