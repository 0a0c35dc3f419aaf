#include "storage/cache/catalog.hpp"

#include "storage/cache/schema_sql.hpp"
#include "storage/cache/state_columns.hpp"
#include "storage/cache/versioned_database.hpp"
#include "storage/io/error.hpp"
#include "storage/sqlite/statement.hpp"

#include <fmt/format.h>

namespace duplid::cache {

namespace {

constexpr const char* file_name = "catalog.db";
constexpr int catalog_version = 2;

// Staged rows between two commits: large enough that commits cost nothing, small enough that the
// write-ahead log stays small.
constexpr int batch_rows = 50'000;

// Rows laid over the state by one statement. SQLite keeps the old content of all pages that one
// statement changes, in memory; a thousand rows touch at most a thousand pages of 8 KiB.
constexpr int rows_per_step = 1'000;

std::string path_in(const std::string& directory)
{
    return fmt::format("{}/{}", directory, file_name);
}

std::string parameters(int count)
{
    std::string text = "?1";
    for (int parameter = 2; parameter <= count; ++parameter) {
        text += fmt::format(", ?{}", parameter);
    }
    return text;
}

// The least key that is greater than all keys with this prefix; none if there is no such key.
std::optional<std::string> end_of_prefix(std::string_view prefix)
{
    std::string end{prefix};
    while (!end.empty() && end.back() == '\xff') {
        end.pop_back();
    }
    if (end.empty()) {
        return std::nullopt;
    }
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

SigChunk read_chunk(const sqlite::Statement& select)
{
    const auto column = [&](int number) {
        return static_cast<std::uint64_t>(select.number(number));
    };
    return {.raw_offset = column(0),
            .raw_bytes = column(1),
            .stored_offset = column(2),
            .stored_bytes = column(3)};
}

}  // namespace

// Prepared once, as they run for every path.
struct Catalog::Statements {
    explicit Statements(sqlite::Database& database)
        : put{database, fmt::format("INSERT OR REPLACE INTO staged ({}) VALUES ({})", state_columns,
                                    parameters(state_column_count))},
          unput{database, "DELETE FROM staged WHERE key = ?1"},
          gone{database, "INSERT OR REPLACE INTO staged_gone (key) VALUES (?1)"},
          ungone{database, "DELETE FROM staged_gone WHERE key = ?1"},
          find{database, fmt::format("SELECT {} FROM state WHERE key = ?1", state_columns)},
          chunk_at{database, "SELECT raw_offset, raw_bytes, stored_offset, stored_bytes "
                             "FROM sig_chunk WHERE set_position = ?1 AND raw_offset <= ?2 "
                             "ORDER BY raw_offset DESC LIMIT 1"}
    {
    }

    sqlite::Statement put;
    sqlite::Statement unput;
    sqlite::Statement gone;
    sqlite::Statement ungone;
    sqlite::Statement find;
    sqlite::Statement chunk_at;
};

std::unique_ptr<Catalog> Catalog::open(const std::string& directory)
{
    auto opened = open_versioned(path_in(directory), schema_sql, catalog_version,
                                 {.durability = sqlite::Durability::normal});
    return std::unique_ptr<Catalog>{
        new Catalog{std::move(opened.database), std::move(opened.why_recreated)}};
}

void Catalog::set_aside(const std::string& directory)
{
    set_database_aside(path_in(directory));
}

Catalog::Catalog(sqlite::Database database, std::string why_recreated)
    : database_{std::move(database)}, statements_{std::make_unique<Statements>(database_)},
      why_recreated_{std::move(why_recreated)}
{
}

Catalog::~Catalog() = default;

// --- what is known ------------------------------------------------------------------------------

std::vector<AppliedSet> Catalog::applied()
{
    std::vector<AppliedSet> sets;
    sqlite::Statement select{database_,
                             "SELECT set_name, manifest_sha1 FROM applied ORDER BY position"};
    while (select.step()) {
        sets.push_back({std::string{select.text(0)}, std::string{select.text(1)}});
    }
    return sets;
}

std::optional<std::string> Catalog::meta(std::string_view key)
{
    sqlite::Statement select{database_, "SELECT value FROM meta WHERE key = ?1"};
    if (!select.with(key).step()) {
        return std::nullopt;
    }
    return std::string{select.text(0)};
}

void Catalog::set_meta(std::string_view key, std::string_view value)
{
    sqlite::Statement{database_, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"}
        .with(key, value)
        .run();
}

StateCursor Catalog::scan(std::string_view from_key)
{
    return {database_, from_key, std::nullopt};
}

StateCursor Catalog::scan_prefix(std::string_view prefix)
{
    return {database_, prefix, end_of_prefix(prefix)};
}

std::optional<StateRow> Catalog::find(std::string_view key)
{
    auto& select = statements_->find;
    select.bind(1, io::view_of(key));
    if (!select.step()) {
        return std::nullopt;
    }
    StateRow row;
    read_state_row(select, row);
    select.reset();
    return row;
}

std::uint64_t Catalog::count()
{
    sqlite::Statement select{database_, "SELECT count(*) FROM state"};
    return select.step() ? static_cast<std::uint64_t>(select.number(0)) : 0;
}

void Catalog::reset()
{
    batch_.reset();
    run_ = Run::none;
    sqlite::Transaction transaction{database_};
    database_.execute("DELETE FROM meta; DELETE FROM applied; DELETE FROM state;"
                      "DELETE FROM staged; DELETE FROM staged_gone; DELETE FROM sig_chunk");
    transaction.commit();
}

// --- a run --------------------------------------------------------------------------------------

void Catalog::begin_run(bool full)
{
    if (in_run()) {
        throw Error{Error::Kind::internal, "the catalog is in a run already", database_.path()};
    }
    clear_staged();
    run_position_ = full ? 0 : static_cast<std::int32_t>(applied().size());
    any_gone_ = false;
    run_ = full ? Run::full : Run::incremental;
}

void Catalog::require_run() const
{
    if (!in_run()) {
        throw Error{Error::Kind::internal, "the catalog is in no run", database_.path()};
    }
}

std::int32_t Catalog::run_position() const
{
    require_run();
    return run_position_;
}

void Catalog::stage_put(const StateRow& row)
{
    require_run();
    count_staged_row();
    bind_state_row(statements_->put, row);
    statements_->put.run();
    if (any_gone_) {
        statements_->ungone.bind_unowned(1, io::view_of(row.key));
        statements_->ungone.run();
    }
}

void Catalog::stage_delete(std::string_view key)
{
    require_run();
    if (run_ == Run::full) {
        throw Error{Error::Kind::internal, "a full run has nothing to delete", database_.path()};
    }
    count_staged_row();
    any_gone_ = true;
    statements_->gone.bind_unowned(1, io::view_of(key));
    statements_->gone.run();
    statements_->unput.bind_unowned(1, io::view_of(key));
    statements_->unput.run();
}

// Called before a row is written: ends a full batch, opens one where none is.
void Catalog::count_staged_row()
{
    if (rows_in_batch_ >= batch_rows) {
        flush_batch();
    }
    if (!batch_) {
        batch_.emplace(database_);
        rows_in_batch_ = 0;
    }
    ++rows_in_batch_;
}

void Catalog::flush_batch()
{
    if (batch_) {
        batch_->commit();
        batch_.reset();
    }
}

void Catalog::clear_staged()
{
    sqlite::Transaction transaction{database_};
    database_.execute("DELETE FROM staged; DELETE FROM staged_gone");
    transaction.commit();
}

void Catalog::commit_run(const AppliedSet& set, std::span<const SigChunk> chunks)
{
    require_run();
    flush_batch();
    sqlite::Transaction transaction{database_};
    if (run_ == Run::full) {
        exchange_state_and_staged();
        database_.execute("DELETE FROM applied; DELETE FROM sig_chunk");
    } else {
        lay_staged_over_state();
    }
    sqlite::Statement{database_, "INSERT INTO applied (position, set_name, manifest_sha1) "
                                 "VALUES (?1, ?2, ?3)"}
        .with(run_position_, set.set_name, set.manifest_sha1)
        .run();
    insert_chunks(run_position_, chunks);
    transaction.commit();
    end_run();
}

void Catalog::commit_refresh()
{
    require_run();
    if (run_ == Run::full) {
        throw Error{Error::Kind::internal, "a full run cannot end without a set", database_.path()};
    }
    flush_batch();
    sqlite::Transaction transaction{database_};
    lay_staged_over_state();
    transaction.commit();
    end_run();
}

void Catalog::abandon_run() noexcept
{
    batch_.reset();
    end_run();
}

// No row is copied: a full run of ten million paths ends in a moment.
void Catalog::exchange_state_and_staged()
{
    database_.execute("ALTER TABLE state RENAME TO exchanged;"
                      "ALTER TABLE staged RENAME TO state;"
                      "ALTER TABLE exchanged RENAME TO staged");
}

void Catalog::lay_staged_over_state()
{
    sqlite::Statement gone{database_, "SELECT key FROM staged_gone ORDER BY key"};
    sqlite::Statement remove{database_, "DELETE FROM state WHERE key = ?1"};
    while (gone.step()) {
        remove.bind_unowned(1, gone.blob(0));
        remove.run();
    }

    sqlite::Statement lay{database_, fmt::format("INSERT OR REPLACE INTO state ({0}) "
                                                 "SELECT {0} FROM staged WHERE key >= ?1 "
                                                 "ORDER BY key LIMIT {1}",
                                                 state_columns, rows_per_step)};
    sqlite::Statement next{database_, fmt::format("SELECT key FROM staged WHERE key >= ?1 "
                                                  "ORDER BY key LIMIT 1 OFFSET {}",
                                                  rows_per_step)};
    std::optional<std::string> from{std::string{}};
    while (from) {
        const auto key = io::view_of(*from);
        lay.bind(1, key);
        lay.run();
        next.bind(1, key);
        from.reset();
        if (next.step()) {
            from = io::text_of(next.blob(0));
            next.reset();
        }
    }
}

void Catalog::end_run() noexcept
{
    run_ = Run::none;
    try {
        clear_staged();
    } catch (const Error&) {
        // What the run was for is done. The rows take room until the next begin_run() drops them.
    }
}

// --- chunks of signatures -----------------------------------------------------------------------

void Catalog::insert_chunks(std::int32_t set_position, std::span<const SigChunk> chunks)
{
    sqlite::Statement insert{database_, "INSERT INTO sig_chunk (set_position, raw_offset, "
                                        "raw_bytes, stored_offset, stored_bytes) "
                                        "VALUES (?1, ?2, ?3, ?4, ?5)"};
    for (const auto& chunk : chunks) {
        insert
            .with(set_position, chunk.raw_offset, chunk.raw_bytes, chunk.stored_offset,
                  chunk.stored_bytes)
            .run();
    }
}

void Catalog::put_chunks(std::int32_t set_position, std::span<const SigChunk> chunks)
{
    flush_batch();
    sqlite::Transaction transaction{database_};
    sqlite::Statement{database_, "DELETE FROM sig_chunk WHERE set_position = ?1"}
        .with(set_position)
        .run();
    insert_chunks(set_position, chunks);
    transaction.commit();
}

std::vector<SigChunk> Catalog::chunks_of(std::int32_t set_position)
{
    std::vector<SigChunk> chunks;
    sqlite::Statement select{database_, "SELECT raw_offset, raw_bytes, stored_offset, stored_bytes "
                                        "FROM sig_chunk WHERE set_position = ?1 "
                                        "ORDER BY raw_offset"};
    select.with(set_position);
    while (select.step()) {
        chunks.push_back(read_chunk(select));
    }
    return chunks;
}

std::optional<SigChunk> Catalog::chunk_at(std::int32_t set_position, std::uint64_t raw_offset)
{
    auto& select = statements_->chunk_at;
    if (!select.with(set_position, raw_offset).step()) {
        return std::nullopt;
    }
    const auto chunk = read_chunk(select);
    select.reset();
    if (raw_offset - chunk.raw_offset >= chunk.raw_bytes) {
        return std::nullopt;
    }
    return chunk;
}

}  // namespace duplid::cache
