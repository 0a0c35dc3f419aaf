#include "storage/cache/name_blocks.hpp"

#include "storage/cache/packed_names.hpp"
#include "storage/io/error.hpp"

#include <algorithm>

namespace duplid::cache {

namespace {

/// The keys of a block, and `added`, which are in order: in order, each once.
std::vector<std::string> merged(std::string_view block, std::span<const std::string> added)
{
    std::vector<std::string> keys;
    NameReader reader{block};
    auto next = added.begin();
    std::string key;
    while (reader.next()) {
        join(reader.parts(), key);
        for (; next != added.end() && *next < key; ++next) {
            keys.push_back(*next);
        }
        if (next != added.end() && *next == key) {
            ++next;
        }
        keys.push_back(key);
    }
    keys.insert(keys.end(), next, added.end());
    return keys;
}

}  // namespace

NameBlocks::NameBlocks(sqlite::Database& database, std::int64_t chain)
    : chain_{chain}, database_path_{database.path()},
      block_of_{database, "SELECT first_key, names FROM name_block WHERE chain = ?1 "
                          "AND first_key <= ?2 ORDER BY first_key DESC LIMIT 1"},
      next_of_{database, "SELECT first_key FROM name_block WHERE chain = ?1 AND first_key > ?2 "
                         "ORDER BY first_key LIMIT 1"},
      remove_{database, "DELETE FROM name_block WHERE chain = ?1 AND first_key = ?2"},
      insert_{database, "INSERT INTO name_block (chain, first_key, names) VALUES (?1, ?2, ?3)"}
{
    keys_.reserve(batch_keys);
}

void NameBlocks::add(std::string_view key)
{
    keys_.emplace_back(key);
    if (keys_.size() == batch_keys) {
        flush();
    }
}

void NameBlocks::flush()
{
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    merge(keys_);
    keys_.clear();
}

void NameBlocks::merge(std::span<const std::string> keys)
{
    while (!keys.empty()) {
        // All keys before the next block's first one belong to the same block as the first of them.
        std::optional<std::string> block;
        block_of_.bind(1, chain_);
        block_of_.bind(2, io::view_of(keys.front()));
        if (block_of_.step()) {
            block = io::text_of(block_of_.blob(0));
        }
        next_of_.bind(1, chain_);
        next_of_.bind(2, io::view_of(keys.front()));
        auto end = keys.end();
        if (next_of_.step()) {
            end = std::lower_bound(keys.begin(), keys.end(), io::text_of(next_of_.blob(0)));
        }
        next_of_.reset();
        const auto count = static_cast<std::size_t>(end - keys.begin());
        merge_into(block, keys.first(count));
        block_of_.reset();
        keys = keys.subspan(count);
    }
}

/// block_of_ is at the block, if there is one.
void NameBlocks::merge_into(const std::optional<std::string>& block,
                            std::span<const std::string> keys)
{
    std::vector<std::string> all;
    try {
        all = merged(block ? io::text_of(block_of_.blob(1)) : std::string_view{}, keys);
    } catch (const Error& error) {
        throw Error{error.kind(), error.what(), database_path_};
    }
    block_of_.reset();
    if (block) {
        remove_.bind(1, chain_);
        remove_.bind(2, io::view_of(*block));
        remove_.run();
    }
    NamePacker packer;
    const std::string* first = nullptr;
    for (const auto& key : all) {
        if (first == nullptr) {
            first = &key;
        }
        packer.add(key);
        if (packer.bytes() >= block_bytes) {
            put(*first, packer.take());
            first = nullptr;
        }
    }
    if (first != nullptr) {
        put(*first, packer.take());
    }
}

void NameBlocks::put(std::string_view first_key, std::string_view packed)
{
    insert_.bind(1, chain_);
    insert_.bind(2, io::view_of(first_key));
    insert_.bind(3, io::view_of(packed));
    insert_.run();
}

}  // namespace duplid::cache
