#include "storage/cache/read_back.hpp"

#include "storage/cache/read_back_sql.hpp"
#include "storage/cache/versioned_database.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/transaction.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <unordered_set>

namespace duplid::cache {

namespace {

constexpr int read_back_version = 1;
constexpr int cache_kib = 256;

std::string path_in(const std::string& directory)
{
    return fmt::format("{}/checks.db", directory);
}

}  // namespace

std::unique_ptr<ReadBack> ReadBack::open(const std::string& directory)
{
    auto opened = open_versioned(path_in(directory), read_back_sql, read_back_version,
                                 {.cache_kib = cache_kib});
    return std::unique_ptr<ReadBack>{new ReadBack{std::move(opened.database)}};
}

std::unique_ptr<ReadBack> ReadBack::open_if_there(const std::string& directory)
{
    return ::access(path_in(directory).c_str(), F_OK) == 0 ? open(directory) : nullptr;
}

std::unordered_map<std::string, ReadBackFile> ReadBack::all()
{
    std::unordered_map<std::string, ReadBackFile> files;
    sqlite::Statement select{database_, "SELECT name, bytes, time FROM read_back"};
    while (select.step()) {
        files.insert_or_assign(
            std::string{select.text(0)},
            ReadBackFile{static_cast<std::uint64_t>(select.number(1)), select.number(2)});
    }
    return files;
}

void ReadBack::put(const std::string& name, const ReadBackFile& file)
{
    sqlite::Statement{database_,
                      "INSERT OR REPLACE INTO read_back (name, bytes, time) VALUES (?1, ?2, ?3)"}
        .with(name, file.bytes, file.time)
        .run();
}

void ReadBack::forget(const std::string& name)
{
    sqlite::Statement{database_, "DELETE FROM read_back WHERE name = ?1"}.with(name).run();
}

void ReadBack::keep_only(const std::vector<std::string>& names)
{
    const std::unordered_set<std::string> wanted{names.begin(), names.end()};
    sqlite::Transaction transaction{database_};
    for (const auto& [name, file] : all()) {
        if (!wanted.contains(name)) {
            forget(name);
        }
    }
    transaction.commit();
}

}  // namespace duplid::cache
