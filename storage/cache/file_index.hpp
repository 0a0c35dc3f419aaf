// The index of files: which versions of which paths the archive's chains hold, so that questions
// about files need not read signatures. It can be lost at any time and is made again from them.
#pragma once

#include "storage/cache/file_cursor.hpp"
#include "storage/cache/file_row.hpp"
#include "storage/cache/name_scan.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::cache {

/// files.db in an archive directory. A chain is filled set by set, from the full one on:
///
///     begin_set(chain) ; put()/remove() in key order ; commit_set() or abandon_set()
///
/// A set is there wholly or not at all, whatever happens. Others may read meanwhile and see the
/// state before; whoever fills holds the lock at lock_path(), which is no lock of the archive:
/// a question can fill the index while a backup runs.
///
/// One thread at a time, with its cursors. Throws: Error (see sqlite::Database); internal when
/// functions are called out of order. After Error corrupt the index is of no use: let it go,
/// set_aside() and open() give an empty one.
class FileIndex {
public:
    struct Chain {
        std::int64_t id = 0;
        std::string name;  ///< as the engine names it; opaque here
    };

    /// Opens or makes the index in `directory`. A damaged file or one of another version is put
    /// aside and replaced by an empty index, which why_recreated() then tells.
    [[nodiscard]] static std::unique_ptr<FileIndex> open(const std::string& directory);

    /// Renames the index in `directory`, if any, to "files.db.bad". No FileIndex of this process
    /// may be open on it.
    static void set_aside(const std::string& directory);

    /// The path of the lock that whoever fills the index holds (file_lock.hpp).
    [[nodiscard]] static std::string lock_path(const std::string& directory);

    ~FileIndex();
    FileIndex(const FileIndex&) = delete;
    FileIndex& operator=(const FileIndex&) = delete;

    [[nodiscard]] const std::string& why_recreated() const noexcept { return why_recreated_; }

    [[nodiscard]] std::vector<Chain> chains();
    /// The chain of that name, which may have no set yet.
    [[nodiscard]] std::int64_t chain_named(const std::string& name);
    /// The sets that the rows of a chain reflect, the full one first.
    [[nodiscard]] std::vector<IndexedSet> applied(std::int64_t chain);
    /// How many paths the newest state of a chain has.
    [[nodiscard]] std::uint64_t count(std::int64_t chain);
    void drop_chain(std::int64_t chain);

    /// Begins the chain's next set.
    void begin_set(std::int64_t chain);
    /// What the set says of a path; of several for one key the last one counts. `since` and `until`
    /// are ignored. Fastest in key order.
    void put(const FileRow& row);
    /// The set says that the path is gone.
    void remove(std::string_view key);
    void commit_set(const IndexedSet& set);
    void abandon_set() noexcept;

    /// From now on this object sees one state, whatever others fill or drop meanwhile. Nothing can
    /// be filled through it any more.
    void hold_still();

    /// The state of a chain as of the set at `position`.
    [[nodiscard]] FileCursor state(std::int64_t chain, std::int32_t position);
    /// All versions in a chain, those of a path oldest first.
    [[nodiscard]] FileCursor versions(std::int64_t chain);
    /// The keys in a chain that begin with `prefix`, from the first one on that is not less than
    /// `from`, by their names.
    [[nodiscard]] NameScan names(std::int64_t chain, std::string_view from, std::string prefix);
    /// The versions of one path in a chain, oldest first.
    [[nodiscard]] std::vector<FileRow> versions_of(std::int64_t chain, std::string_view key);

private:
    struct Filling;

    FileIndex(sqlite::Database database, std::string why_recreated);
    [[nodiscard]] Filling& filling();

    sqlite::Database database_;
    std::optional<sqlite::ReadTransaction> still_;
    std::unique_ptr<Filling> filling_;  ///< the set that is being filled
    std::string why_recreated_;
};

}  // namespace duplid::cache
