// The catalog: the current state of one chain, ordered, with the place of each signature
// (architecture.md 4.2 and 5). It can be lost at any time and is rebuilt from the sigtars.
#pragma once

#include "storage/cache/state_cursor.hpp"
#include "storage/cache/state_row.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::cache {

/// catalog.db in an archive directory. Life of a run:
///
///     begin_run(full) ; stage_put()/stage_delete() ... ; commit_run() or abandon_run()
///
/// Until commit_run() the state is the old one, whatever happens; afterwards the new one. Staged
/// rows go to the file in batches, so memory does not grow with their number. What a killed run
/// staged is dropped by the next begin_run().
///
/// One thread at a time, with its cursors. Whoever writes holds ArchiveDirectory::lock().
/// Throws: Error (see sqlite::Database); internal when functions are called out of order. After
/// Error corrupt the catalog is of no use: let it go, set_aside() and open() give an empty one.
class Catalog {
public:
    /// Opens or makes the catalog in `directory`. A damaged file or one of another version is put
    /// aside and replaced by an empty catalog, which why_recreated() then tells.
    [[nodiscard]] static std::unique_ptr<Catalog> open(const std::string& directory);

    /// Renames the catalog in `directory`, if any, to "catalog.db.bad". No Catalog may be open on
    /// it.
    static void set_aside(const std::string& directory);

    ~Catalog();
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;

    /// Why open() could not use the file that was there; empty when it could, or there was none.
    [[nodiscard]] const std::string& why_recreated() const noexcept { return why_recreated_; }

    /// The sets of one chain that the state reflects, the full one first; the index in this list
    /// is the set's position. Empty: the catalog knows nothing.
    [[nodiscard]] std::vector<AppliedSet> applied();

    /// A note of the engine's, opaque here; goes with reset().
    [[nodiscard]] std::optional<std::string> meta(std::string_view key);
    void set_meta(std::string_view key, std::string_view value);

    /// Forgets everything, an open run included.
    void reset();

    /// All rows with keys from `from_key` on.
    [[nodiscard]] StateCursor scan(std::string_view from_key = {});
    /// All rows whose keys begin with `prefix`.
    [[nodiscard]] StateCursor scan_prefix(std::string_view prefix);
    [[nodiscard]] std::optional<StateRow> find(std::string_view key);
    [[nodiscard]] std::uint64_t count();

    /// Starts staging. Of a full run the staged rows become the whole state, with the set at
    /// position 0; otherwise they are laid over it, with the set at the position after the last.
    void begin_run(bool full);
    [[nodiscard]] bool in_run() const noexcept { return run_ != Run::none; }
    /// The position the set of the open run will have; what sig_set of its own signatures says.
    [[nodiscard]] std::int32_t run_position() const;

    /// Sets one row; of several for one key the last one counts, deletions included. Fastest in
    /// key order.
    void stage_put(const StateRow& row);
    /// Not for full runs: their state begins empty.
    void stage_delete(std::string_view key);

    /// Makes the staged rows the state and appends `set` with the chunks of its sigtar, at once.
    void commit_run(const AppliedSet& set, std::span<const SigChunk> chunks);
    /// Lays the staged rows over the state without a new set: a run that found only fingerprints
    /// to refresh. Not for full runs.
    void commit_refresh();
    /// Drops what was staged. Never fails: what it cannot remove now, begin_run() does.
    void abandon_run() noexcept;

    /// Replaces the chunks of an applied set's sigtar, when it was fetched or packed anew.
    void put_chunks(std::int32_t set_position, std::span<const SigChunk> chunks);
    /// In order of raw_offset.
    [[nodiscard]] std::vector<SigChunk> chunks_of(std::int32_t set_position);
    /// The chunk that holds the byte at `raw_offset`, if it is known.
    [[nodiscard]] std::optional<SigChunk> chunk_at(std::int32_t set_position,
                                                   std::uint64_t raw_offset);

private:
    enum class Run { none, full, incremental };
    struct Statements;

    Catalog(sqlite::Database database, std::string why_recreated);

    void require_run() const;
    void count_staged_row();
    void flush_batch();
    void clear_staged();
    void exchange_state_and_staged();
    void lay_staged_over_state();
    void end_run() noexcept;
    void insert_chunks(std::int32_t set_position, std::span<const SigChunk> chunks);

    sqlite::Database database_;
    std::unique_ptr<Statements> statements_;
    std::optional<sqlite::Transaction> batch_;  ///< open while staged rows wait for their commit
    std::string why_recreated_;
    Run run_ = Run::none;
    std::int32_t run_position_ = 0;
    int rows_in_batch_ = 0;
    bool any_gone_ = false;  ///< whether stage_delete() was called in this run
};

}  // namespace duplid::cache
