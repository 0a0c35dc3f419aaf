#include "daemon/runs/history.hpp"

#include "daemon/archive/errors.hpp"
#include "daemon/process/log.hpp"
#include "daemon/runs/history_sql.hpp"
#include "daemon/runs/job_states_sql.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"
#include "storage/io/error.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/transaction.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>

namespace duplid::daemon {

namespace {

/// 2: job_states.
constexpr int schema_version = 2;

/// What could not be kept is tried again.
constexpr std::chrono::seconds again_after{30};

sqlite::Database open_database(const std::string& path)
{
    // A small cache: a row a minute, not millions.
    sqlite::Database database{path, {.cache_kib = 256}};
    const auto version = database.user_version();
    if (version > schema_version) {
        throw Error{Error::Kind::corrupt, "made by a newer duplid", path};
    }
    database.execute("PRAGMA foreign_keys = ON");
    if (version < schema_version) {
        sqlite::Transaction transaction{database};
        if (version == 0) {
            database.execute(history_sql);
        }
        database.execute(job_states_sql);
        database.set_user_version(schema_version);
        transaction.commit();
    }
    return database;
}

std::unique_ptr<sqlite::Database> open_or_replace(const std::string& path)
{
    try {
        return std::make_unique<sqlite::Database>(open_database(path));
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
        log(LogLevel::warning, LogClass::history,
            "the history is put aside as " + path + ".bad: " + error.what());
    }
    for (const std::string end : {"", "-wal", "-shm"}) {
        std::error_code ignored;
        std::filesystem::rename(path + end, path + ".bad" + end, ignored);
    }
    return std::make_unique<sqlite::Database>(open_database(path));
}

std::string text_of(const proto::Json& json)
{
    return json.dump(-1, ' ', false, proto::Json::error_handler_t::replace);
}

/// What is in the database was written by us, or by a later release: read as replies are.
template <class Message>
std::optional<Message> message_of(std::string_view text)
{
    const auto json = proto::Json::parse(text.begin(), text.end(), nullptr, false);
    try {
        return proto::read_message<Message>(json, proto::Strictness::reply);
    } catch (const proto::ProtocolError&) {
        return std::nullopt;  // somebody edited it: that row is lost, the others are not
    }
}

void put_run(sqlite::Database& database, const proto::RunShowReply& run)
{
    // Not INSERT OR REPLACE, which would delete the row and with it its events.
    sqlite::Statement{database, "INSERT INTO runs (run, ended, record) VALUES (?1, ?2, ?3) "
                                "ON CONFLICT (run) DO UPDATE SET ended = ?2, record = ?3"}
        .with(run.run.run, proto::has_ended(run.run.state), text_of(proto::write_message(run)))
        .run();
}

void put_events(sqlite::Database& database, const std::vector<proto::Event>& events)
{
    sqlite::Statement insert{database,
                             "INSERT OR REPLACE INTO events (run, seq, event) VALUES (?, ?, ?)"};
    for (const auto& event : events) {
        insert.with(event.run, event.seq, text_of(proto::write_message(event))).run();
    }
    if (!events.empty()) {
        // By number, of which progress leaves gaps: rather fewer than more.
        sqlite::Statement{database, "DELETE FROM events WHERE run = ?1 AND seq <= (SELECT max(seq) "
                                    "FROM events WHERE run = ?1) - ?2"}
            .with(events.back().run, History::events_max)
            .run();
    }
}

/// An empty record: nothing is known any more.
void put_job_state(sqlite::Database& database, const std::string& task, const std::string& record)
{
    if (record.empty()) {
        sqlite::Statement{database, "DELETE FROM job_states WHERE task = ?"}.with(task).run();
        return;
    }
    sqlite::Statement{database, "INSERT OR REPLACE INTO job_states (task, record) VALUES (?, ?)"}
        .with(task, record)
        .run();
}

void forget_old(sqlite::Database& database)
{
    sqlite::Statement{database, "DELETE FROM runs WHERE run <= (SELECT max(run) FROM runs) - ?"}
        .with(History::runs_max)
        .run();
}

std::vector<proto::Event> read_events(sqlite::Database& database, std::uint64_t run)
{
    std::vector<proto::Event> events;
    sqlite::Statement select{database, "SELECT event FROM events WHERE run = ? ORDER BY seq"};
    select.with(run);
    while (select.step()) {
        if (auto event = message_of<proto::Event>(select.text(0))) {
            events.push_back(std::move(*event));
        }
    }
    return events;
}

/// Runs of a daemon that was killed have no end: this is it.
void end_interrupted(sqlite::Database& database, proto::RunShowReply& run)
{
    run.run.state = proto::RunState::failed;
    run.run.held = false;
    run.run.paused.reset();
    run.run.error = proto::RpcError{proto::ErrorKind::internal,
                                    "the daemon ended while this was queued or running", "",
                                    "run it again: what was complete is kept"};
    const auto events = read_events(database, run.run.run);
    proto::Event done{run.run.run, events.empty() ? 1 : events.back().seq + 1,
                      events.empty() ? static_cast<double>(run.run.queued_at) : events.back().time,
                      proto::DoneEvent{proto::RunState::failed, run.run.error, {}, {}}};
    run.run.ended_at = static_cast<std::int64_t>(done.time);
    put_run(database, run);
    put_events(database, {done});
}

std::vector<proto::RunShowReply> read_past(sqlite::Database& database)
{
    std::vector<proto::RunShowReply> past;
    {
        sqlite::Statement select{database, "SELECT record FROM runs ORDER BY run"};
        while (select.step()) {
            if (auto run = message_of<proto::RunShowReply>(select.text(0))) {
                past.push_back(std::move(*run));
            }
        }
    }
    sqlite::Transaction transaction{database};
    for (auto& run : past) {
        if (!proto::has_ended(run.run.state)) {
            end_interrupted(database, run);
        }
    }
    transaction.commit();
    return past;
}

std::map<std::string, std::string> read_job_states(sqlite::Database& database)
{
    std::map<std::string, std::string> states;
    sqlite::Statement select{database, "SELECT task, record FROM job_states"};
    while (select.step()) {
        states.emplace(std::string{select.text(0)}, std::string{select.text(1)});
    }
    return states;
}

}  // namespace

History::History(const std::string& state_directory, LoopMailbox& mailbox)
    : mailbox_{mailbox}, path_{state_directory + "/history.db"}, database_{open_or_replace(path_)}
{
    past_ = read_past(*database_);
    job_states_ = read_job_states(*database_);
    thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
}

History::~History() = default;

void History::keep(proto::RunShowReply run, std::vector<proto::Event> events,
                   std::function<void()> on_kept)
{
    enqueue([this, run = std::move(run), events = std::move(events),
             on_kept = std::move(on_kept)](sqlite::Database& database) {
        unkept_runs_.insert_or_assign(run.run.run, run);
        if (unkept_runs_.size() > unkept_max) {
            unkept_runs_.erase(unkept_runs_.begin());
        }
        change(database, [&] {
            put_events(database, events);
            forget_old(database);
        });
        mailbox_.post(on_kept);
    });
}

void History::keep_job_state(std::string task, std::string record)
{
    enqueue([this, task = std::move(task), record = std::move(record)](sqlite::Database& database) {
        unkept_states_.insert_or_assign(task, record);
        change(database, [] {});
    });
}

void History::put_unkept(sqlite::Database& database) const
{
    for (const auto& [number, run] : unkept_runs_) {
        put_run(database, run);
    }
    for (const auto& [task, record] : unkept_states_) {
        put_job_state(database, task, record);
    }
}

void History::change(sqlite::Database& database, const std::function<void()>& write)
{
    try {
        sqlite::Transaction transaction{database};
        put_unkept(database);
        write();
        transaction.commit();
        unkept_runs_.clear();
        unkept_states_.clear();
        complained_ = false;
    } catch (const Error& error) {
        if (!std::exchange(complained_, true)) {
            log(LogLevel::warning, LogClass::history,
                std::string{"the history is not kept: "} + error.what());
        }
    }
}

void History::events_of(std::uint64_t run, std::function<void(std::vector<proto::Event>)> use)
{
    enqueue([this, run, use = std::move(use)](sqlite::Database& database) {
        std::vector<proto::Event> events;
        try {
            events = read_events(database, run);
        } catch (const Error& error) {
            log(LogLevel::warning, LogClass::history,
                std::string{"reading the history: "} + error.what());
        }
        mailbox_.post([use, events = std::move(events)]() mutable { use(std::move(events)); });
    });
}

void History::enqueue(Job job)
{
    {
        const std::lock_guard lock{mutex_};
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void History::work(const std::stop_token& stop)
{
    const auto is_asked = [this] { return !jobs_.empty(); };
    std::unique_lock lock{mutex_};
    // Told to stop, it still does what was asked before: the ends of the last runs.
    for (;;) {
        const bool asked = has_unkept() ? wake_.wait_for(lock, stop, again_after, is_asked)
                                        : wake_.wait(lock, stop, is_asked);
        Job job = [this](sqlite::Database& database) { change(database, [] {}); };
        if (asked) {
            job = std::move(jobs_.front());
            jobs_.pop_front();
        } else if (!has_unkept()) {
            return;
        }
        lock.unlock();
        job(*database_);
        lock.lock();
        if (!asked && stop.stop_requested()) {
            return;
        }
    }
}

}  // namespace duplid::daemon
