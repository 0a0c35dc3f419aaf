#include "storage/cache/journal.hpp"

#include "storage/cache/journal_sql.hpp"
#include "storage/cache/versioned_database.hpp"
#include "storage/io/error.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/transaction.hpp"

#include <fmt/format.h>

namespace duplid::cache {

namespace {

constexpr const char* file_name = "journal.db";
constexpr int journal_version = 2;
constexpr int cache_kib = 256;

}  // namespace

std::unique_ptr<Journal> Journal::open(const std::string& directory)
{
    auto opened =
        open_versioned(fmt::format("{}/{}", directory, file_name), journal_sql, journal_version,
                       {.durability = sqlite::Durability::full, .cache_kib = cache_kib});
    return std::unique_ptr<Journal>{
        new Journal{std::move(opened.database), std::move(opened.why_recreated)}};
}

void Journal::set_aside(const std::string& directory)
{
    set_database_aside(fmt::format("{}/{}", directory, file_name));
}

Journal::Journal(sqlite::Database database, std::string why_recreated)
    : database_{std::move(database)}, why_recreated_{std::move(why_recreated)}
{
}

std::optional<JournalRun> Journal::run()
{
    sqlite::Statement select{database_, "SELECT set_name, kind, setup, volume_bytes, started "
                                        "FROM run"};
    if (!select.step()) {
        return std::nullopt;
    }
    return JournalRun{.set_name = std::string{select.text(0)},
                      .kind = std::string{select.text(1)},
                      .setup = std::string{io::text_of(select.blob(2))},
                      .volume_bytes = static_cast<std::uint64_t>(select.number(3)),
                      .started = select.number(4)};
}

std::optional<Unfinished> Journal::unfinished()
{
    auto facts = run();
    if (!facts) {
        return std::nullopt;
    }
    Unfinished unfinished{.run = std::move(*facts), .volumes = {}};
    sqlite::Statement select{database_, "SELECT number, file_name, sha1, bytes, record, mark, "
                                        "signatures_sha1, acknowledged "
                                        "FROM volume ORDER BY number"};
    while (select.step()) {
        unfinished.volumes.push_back({.number = static_cast<std::uint32_t>(select.number(0)),
                                      .file_name = std::string{select.text(1)},
                                      .sha1 = std::string{select.text(2)},
                                      .bytes = static_cast<std::uint64_t>(select.number(3)),
                                      .record = std::string{io::text_of(select.blob(4))},
                                      .mark = std::string{select.text(5)},
                                      .signatures_sha1 = std::string{select.text(6)},
                                      .acknowledged = select.number(7) != 0});
    }
    return unfinished;
}

void Journal::begin(const JournalRun& run)
{
    sqlite::Transaction transaction{database_};
    database_.execute("DELETE FROM volume; DELETE FROM run");
    sqlite::Statement{database_,
                      "INSERT INTO run (only_one, set_name, kind, setup, volume_bytes, started) "
                      "VALUES (1, ?1, ?2, ?3, ?4, ?5)"}
        .with(run.set_name, run.kind, io::view_of(run.setup), run.volume_bytes, run.started)
        .run();
    transaction.commit();
}

void Journal::intend(const JournalVolume& volume)
{
    if (!run()) {
        throw Error{Error::Kind::internal, "the journal is in no run", database_.path()};
    }
    sqlite::Statement{database_, "INSERT OR REPLACE INTO volume "
                                 "(number, file_name, sha1, bytes, record, mark, "
                                 "signatures_sha1, acknowledged) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)"}
        .with(volume.number, volume.file_name, volume.sha1, volume.bytes,
              io::view_of(volume.record), volume.mark, volume.signatures_sha1)
        .run();
}

void Journal::acknowledge(std::uint32_t number)
{
    sqlite::Statement{database_, "UPDATE volume SET acknowledged = 1 WHERE number = ?1"}
        .with(number)
        .run();
    if (database_.changes() != 1) {
        throw Error{Error::Kind::internal,
                    fmt::format("volume {} was acknowledged without an intent", number),
                    database_.path()};
    }
}

void Journal::rewind(std::uint32_t last_kept)
{
    sqlite::Statement{database_, "DELETE FROM volume WHERE number > ?1"}.with(last_kept).run();
}

void Journal::finish()
{
    sqlite::Transaction transaction{database_};
    database_.execute("DELETE FROM volume; DELETE FROM run");
    transaction.commit();
}

}  // namespace duplid::cache
