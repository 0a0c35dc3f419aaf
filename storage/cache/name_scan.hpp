// Looks for keys by their names, without reading the rows.
#pragma once

#include "storage/cache/packed_names.hpp"
#include "storage/sqlite/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::cache {

/// Says which names are looked for.
class NameTest {
public:
    NameTest() = default;
    NameTest(const NameTest&) = delete;
    NameTest& operator=(const NameTest&) = delete;
    virtual ~NameTest() = default;

    /// Whether any of the keys that are packed in a block (packed_names.hpp) may be wanted. What a
    /// folder or a name holds stands there as it is, so that looking for a piece of it will do.
    [[nodiscard]] virtual bool may_be_in(std::string_view packed) const = 0;
    [[nodiscard]] virtual bool takes(const KeyParts& key) const = 0;
};

/// Goes through those keys of a chain that pass a test, in their order; keys that only older sets
/// have are among them. Made by FileIndex, which must outlive it; one thread at a time with it.
class NameScan {
public:
    enum class Step {
        found,  ///< key() passed the test
        block,  ///< a block is done with, a good place to stop: last_key() is where
        end,
    };

    /// Throws: Error (see sqlite::Database).
    [[nodiscard]] Step next(const NameTest& test);

    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    /// After Step::block: the last key of that block.
    [[nodiscard]] std::string last_key() const;

    /// Names tested, and blocks searched, so far: what the scan has cost.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

private:
    friend class FileIndex;

    /// From the first key on that is not less than `from` and begins with `prefix`.
    NameScan(sqlite::Database& database, std::int64_t chain, std::string_view from,
             std::string prefix);

    [[nodiscard]] bool open_block(const NameTest& test);

    std::string database_path_;
    std::string from_;
    std::string prefix_;
    sqlite::Statement select_;
    std::string_view block_;  ///< of the row that select_ is at
    std::optional<NameReader> reader_;
    std::string key_;
    std::uint64_t steps_ = 0;
};

}  // namespace duplid::cache
