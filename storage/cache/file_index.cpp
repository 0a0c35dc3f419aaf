#include "storage/cache/file_index.hpp"

#include "storage/cache/file_columns.hpp"
#include "storage/cache/file_index_sql.hpp"
#include "storage/cache/name_blocks.hpp"
#include "storage/cache/versioned_database.hpp"
#include "storage/io/error.hpp"
#include "storage/sqlite/statement.hpp"

#include <fmt/format.h>

namespace duplid::cache {

namespace {

constexpr const char* file_name = "files.db";
constexpr int index_version = 2;

std::string path_in(const std::string& directory)
{
    return fmt::format("{}/{}", directory, file_name);
}

std::string put_sql()
{
    std::string parameters = "?1";
    for (int parameter = 2; parameter <= file_column_count; ++parameter) {
        parameters += fmt::format(", ?{}", parameter);
    }
    return fmt::format("INSERT OR REPLACE INTO live ({}) VALUES ({})", file_columns, parameters);
}

// A row that this same set put there just before is no version of its own.
std::string retire_sql()
{
    return fmt::format("INSERT INTO past ({0}, until) SELECT {0}, ?3 FROM live "
                       "WHERE chain = ?1 AND key = ?2 AND since < ?3",
                       file_columns);
}

}  // namespace

struct FileIndex::Filling {
    Filling(sqlite::Database& database, std::int64_t chain_id, std::int32_t set_position)
        : transaction{database}, chain{chain_id}, position{set_position}, put{database, put_sql()},
          retire{database, retire_sql()}, remove{database, "DELETE FROM live WHERE chain = ?1 "
                                                           "AND key = ?2"},
          names{database, chain_id}
    {
    }

    /// Moves the version that ends now to table `past`; false when there is none.
    bool retire_version(sqlite::Database& database, std::string_view key)
    {
        retire.bind(1, chain);
        retire.bind_unowned(2, io::view_of(key));
        retire.bind(3, position);
        retire.run();
        return database.changes() > 0;
    }

    sqlite::Transaction transaction;
    std::int64_t chain;
    std::int32_t position;
    sqlite::Statement put;
    sqlite::Statement retire;
    sqlite::Statement remove;
    NameBlocks names;
};

std::unique_ptr<FileIndex> FileIndex::open(const std::string& directory)
{
    auto opened = open_versioned(path_in(directory), file_index_sql, index_version,
                                 {.durability = sqlite::Durability::normal});
    return std::unique_ptr<FileIndex>{
        new FileIndex{std::move(opened.database), std::move(opened.why_recreated)}};
}

void FileIndex::set_aside(const std::string& directory)
{
    set_database_aside(path_in(directory));
}

std::string FileIndex::lock_path(const std::string& directory)
{
    return path_in(directory) + ".lock";
}

FileIndex::FileIndex(sqlite::Database database, std::string why_recreated)
    : database_{std::move(database)}, why_recreated_{std::move(why_recreated)}
{
}

FileIndex::~FileIndex() = default;

// --- what is known ------------------------------------------------------------------------------

std::vector<FileIndex::Chain> FileIndex::chains()
{
    std::vector<Chain> chains;
    sqlite::Statement select{database_, "SELECT id, name FROM chain ORDER BY id"};
    while (select.step()) {
        chains.push_back({select.number(0), std::string{select.text(1)}});
    }
    return chains;
}

std::int64_t FileIndex::chain_named(const std::string& name)
{
    sqlite::Statement select{database_, "SELECT id FROM chain WHERE name = ?1"};
    if (select.with(name).step()) {
        return select.number(0);
    }
    select.reset();
    sqlite::Statement{database_, "INSERT INTO chain (name) VALUES (?1)"}.with(name).run();
    return select.step() ? select.number(0) : 0;
}

std::vector<IndexedSet> FileIndex::applied(std::int64_t chain)
{
    std::vector<IndexedSet> sets;
    sqlite::Statement select{database_, "SELECT set_name, stamp FROM applied WHERE chain = ?1 "
                                        "ORDER BY position"};
    select.with(chain);
    while (select.step()) {
        sets.push_back({std::string{select.text(0)}, std::string{select.text(1)}});
    }
    return sets;
}

std::uint64_t FileIndex::count(std::int64_t chain)
{
    sqlite::Statement select{database_, "SELECT count(*) FROM live WHERE chain = ?1"};
    return select.with(chain).step() ? static_cast<std::uint64_t>(select.number(0)) : 0;
}

void FileIndex::drop_chain(std::int64_t chain)
{
    sqlite::Transaction transaction{database_};
    for (const char* sql :
         {"DELETE FROM name_block WHERE chain = ?1", "DELETE FROM live WHERE chain = ?1",
          "DELETE FROM past WHERE chain = ?1", "DELETE FROM applied WHERE chain = ?1",
          "DELETE FROM chain WHERE id = ?1"}) {
        sqlite::Statement{database_, sql}.with(chain).run();
    }
    transaction.commit();
}

// --- filling ------------------------------------------------------------------------------------

FileIndex::Filling& FileIndex::filling()
{
    if (!filling_) {
        throw Error{Error::Kind::internal, "no set is being filled", database_.path()};
    }
    return *filling_;
}

void FileIndex::begin_set(std::int64_t chain)
{
    if (filling_) {
        throw Error{Error::Kind::internal, "a set is being filled already", database_.path()};
    }
    const auto position = static_cast<std::int32_t>(applied(chain).size());
    filling_ = std::make_unique<Filling>(database_, chain, position);
}

void FileIndex::put(const FileRow& row)
{
    auto& set = filling();
    // A key that was there in the set before has its name in a block.
    if (set.position == 0 || !set.retire_version(database_, row.key)) {
        set.names.add(row.key);
    }
    bind_file_row(set.put, set.chain, row);
    set.put.bind(3, set.position);
    set.put.run();
}

void FileIndex::remove(std::string_view key)
{
    auto& set = filling();
    static_cast<void>(set.retire_version(database_, key));
    set.remove.bind(1, set.chain);
    set.remove.bind_unowned(2, io::view_of(key));
    set.remove.run();
}

void FileIndex::commit_set(const IndexedSet& set)
{
    auto& done = filling();
    done.names.flush();
    sqlite::Statement{database_, "INSERT INTO applied (chain, position, set_name, stamp) "
                                 "VALUES (?1, ?2, ?3, ?4)"}
        .with(done.chain, done.position, set.name, set.stamp)
        .run();
    done.transaction.commit();
    filling_.reset();
}

void FileIndex::abandon_set() noexcept
{
    filling_.reset();
}

// --- reading ------------------------------------------------------------------------------------

void FileIndex::hold_still()
{
    still_.emplace(database_);
}

FileCursor FileIndex::state(std::int64_t chain, std::int32_t position)
{
    sqlite::Statement last{database_, "SELECT max(position) FROM applied WHERE chain = ?1"};
    const bool is_newest = last.with(chain).step() && last.number(0) == position;
    return {database_, chain, position, is_newest};
}

FileCursor FileIndex::versions(std::int64_t chain)
{
    return {database_, chain, std::nullopt, false};
}

NameScan FileIndex::names(std::int64_t chain, std::string_view from, std::string prefix)
{
    return {database_, chain, from, std::move(prefix)};
}

std::vector<FileRow> FileIndex::versions_of(std::int64_t chain, std::string_view key)
{
    std::vector<FileRow> rows;
    auto cursor = versions(chain);
    cursor.seek(key);
    FileRow row;
    while (cursor.next(row) && row.key == key) {
        rows.push_back(row);
    }
    return rows;
}

}  // namespace duplid::cache
