#include "daemon/runs/history.hpp"

#include "daemon/agenda/job_history.hpp"
#include "daemon/runs/runs.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/statement.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <utility>

using namespace duplid;
using proto::RunState;

namespace {

proto::RunShowReply run_of(std::uint64_t id, RunState state)
{
    proto::RunShowReply show;
    show.run.run = id;
    show.run.kind = proto::RunKind::backup;
    show.run.state = state;
    show.run.queued_at = 1000;
    return show;
}

proto::Event note(std::uint64_t run, std::uint64_t seq, const std::string& text)
{
    return {run, seq, 5.0, proto::NoteEvent{text}};
}

/// Does `work` with a history of `directory`; whatever it asked for is done afterwards.
template <class Work>
void with_history(const std::string& directory, Work work)
{
    daemon::Loop loop;
    daemon::LoopMailbox mailbox{loop};
    daemon::History history{directory, mailbox};
    work(history, loop);
}

/// While it exists, this process can write to no file: a disk that is full.
class NoRoom {
public:
    NoRoom()
    {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit none{0, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    NoRoom(const NoRoom&) = delete;
    NoRoom& operator=(const NoRoom&) = delete;
    ~NoRoom()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, signal_before_);
    }

private:
    rlimit before_{};
    void (*signal_before_)(int) = ::signal(SIGXFSZ, SIG_IGN);
};

}  // namespace

TEST_CASE("runs and events are there after a restart")
{
    const io::TempDirectory directory;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        CHECK(history.take_past().empty());
        history.keep(run_of(1, RunState::done), {note(1, 1, "a"), note(1, 2, "b")}, [] {});
        history.keep(run_of(2, RunState::failed), {note(2, 1, "c")}, [] {});
    });
    with_history(directory.path(), [](daemon::History& history, daemon::Loop& loop) {
        const auto past = history.take_past();
        REQUIRE(past.size() == 2);
        CHECK(past[0].run.run == 1);
        CHECK(past[0].run.state == RunState::done);
        CHECK(past[1].run.state == RunState::failed);
        std::vector<proto::Event> events;
        history.events_of(1, [&](std::vector<proto::Event> read) {
            events = std::move(read);
            loop.stop();
        });
        loop.run();
        REQUIRE(events.size() == 2);
        CHECK(std::get<proto::NoteEvent>(events[1].what).text == "b");
    });
}

TEST_CASE("a run that was under way when the daemon died has failed, and its watchers hear it")
{
    const io::TempDirectory directory;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        history.keep(run_of(7, RunState::running), {note(7, 1, "a")}, [] {});
    });
    with_history(directory.path(), [](daemon::History& history, daemon::Loop& loop) {
        daemon::LoopMailbox mailbox{loop};
        daemon::Runs runs{mailbox, &history};
        const auto found = runs.find(7)->show();
        CHECK(found.run.state == RunState::failed);
        REQUIRE(found.run.error.has_value());
        CHECK_FALSE(found.run.error->hint.empty());
        std::shared_ptr<daemon::Run> run;
        runs.with_events(7, [&](std::shared_ptr<daemon::Run> with_events) {
            run = std::move(with_events);
            loop.stop();
        });
        loop.run();
        const auto last = run->log().next(2);
        REQUIRE(last.has_value());
        CHECK(std::holds_alternative<proto::DoneEvent>(last->what));
        // New runs get new numbers.
        CHECK(runs.start({}, [](daemon::RunControl&) { return daemon::RunResult{}; }) == 8);
        runs.on_idle([&loop] { loop.stop(); });
        loop.run();
    });
}

TEST_CASE(
    "how runs ended, and how jobs stand, is kept once there is room, if by nothing but the end")
{
    const io::TempDirectory directory;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop& loop) {
        const auto until_tried = [&](RunState state) {
            history.keep(run_of(7, state), {}, [&loop] { loop.stop(); });
            loop.run();
        };
        history.keep_job_state("home", "due");
        history.keep_job_state("work", "due");
        until_tried(RunState::running);
        const NoRoom no_room;
        history.keep_job_state("home", "done");
        history.keep_job_state("work", "");
        until_tried(RunState::done);
    });
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        const auto past = history.take_past();
        REQUIRE(past.size() == 1);
        CHECK(past[0].run.state == RunState::done);
        CHECK(history.take_job_states() == std::map<std::string, std::string>{{"home", "done"}});
    });
}

TEST_CASE("of a run that says much the newest events are kept, and a reader hears of the others")
{
    const io::TempDirectory directory;
    constexpr std::uint64_t said = daemon::History::events_max + 500;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        std::vector<proto::Event> events;
        for (std::uint64_t seq = 1; seq <= said; ++seq) {
            events.push_back(note(3, seq, "x"));
            if (events.size() == 1000 || seq == said) {
                history.keep(run_of(3, RunState::done), std::exchange(events, {}), [] {});
            }
        }
    });
    with_history(directory.path(), [](daemon::History& history, daemon::Loop& loop) {
        daemon::LoopMailbox mailbox{loop};
        daemon::Runs runs{mailbox, &history};
        runs.with_events(3, [&](const std::shared_ptr<daemon::Run>& run) {
            const auto range = run->log().range();
            CHECK(range.first_seq == 501);
            CHECK(range.next_seq == said + 1);
            const auto first = run->log().next(1);
            REQUIRE(first.has_value());
            REQUIRE(std::holds_alternative<proto::LostEvent>(first->what));
            CHECK(std::get<proto::LostEvent>(first->what).events == 500);
            CHECK(run->log().next(501)->seq == 501);
            loop.stop();
        });
        loop.run();
    });
}

TEST_CASE("the history of a job is that of its own runs, over restarts, a page at a time")
{
    const io::TempDirectory directory;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        for (std::uint64_t number = 1; number <= 5; ++number) {
            auto run = run_of(number, number == 2 ? RunState::failed : RunState::done);
            run.run.job = number == 3 ? "other" : "home";
            run.run.queued_at = static_cast<std::int64_t>(100 * number);
            run.backup.emplace();
            run.backup->statistics.new_files = number;
            run.backup->statistics.total_destination_size_change = 10 * number;
            run.backup->outcome =
                number == 5 ? proto::BackupOutcome::unchanged : proto::BackupOutcome::stored;
            history.keep(std::move(run), {}, [] {});
        }
    });
    with_history(directory.path(), [](daemon::History& history, daemon::Loop& loop) {
        daemon::LoopMailbox mailbox{loop};
        const daemon::Runs runs{mailbox, &history};
        proto::JobHistoryParams params;
        params.job = "home";
        params.limit = 2;
        const auto newest = daemon::job_history(runs, params);
        REQUIRE(newest.runs.size() == 2);
        CHECK(newest.more);
        CHECK(newest.runs[0].run == 5);
        CHECK(newest.runs[0].backup->stored_bytes == 0);
        CHECK(newest.runs[1].run == 4);
        CHECK(newest.runs[1].backup->stored_bytes == 40);
        CHECK(newest.runs[1].backup->changed_files == 4);
        params.before = newest.runs[1].run;
        const auto rest = daemon::job_history(runs, params);
        REQUIRE(rest.runs.size() == 2);
        CHECK_FALSE(rest.more);
        CHECK(rest.runs[0].run == 2);
        CHECK(rest.runs[0].state == RunState::failed);
        CHECK(rest.runs[1].run == 1);
        params.before.reset();
        params.since = 400;
        params.limit = 100;
        CHECK(daemon::job_history(runs, params).runs.size() == 2);
        params.job = "nobody";
        CHECK(daemon::job_history(runs, params).runs.empty());
    });
}

TEST_CASE("events that memory no longer holds are read from the history, all of them")
{
    const io::TempDirectory directory;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop& loop) {
        daemon::LoopMailbox mailbox{loop};
        daemon::Runs runs{mailbox, &history};
        runs.on_idle([&loop] { loop.stop(); });
        const auto body = [](daemon::RunControl& control) {
            control.running();
            control.monitor().note("said");
            return daemon::RunResult{};
        };
        for (int i = 0; i < daemon::Runs::with_events_max + 10; ++i) {
            runs.start({}, body);
            loop.run();
        }
        // The thread that made the first may hold it a little longer.
        for (int i = 0; runs.find(1)->has_events() && i < 1000; ++i) {
            runs.start({}, body);
            loop.run();
        }
        REQUIRE_FALSE(runs.find(1)->has_events());
        runs.with_events(1, [&](const std::shared_ptr<daemon::Run>& run) {
            // queued, running, the note, done
            CHECK(std::holds_alternative<proto::NoteEvent>(run->log().next(3)->what));
            CHECK(std::holds_alternative<proto::DoneEvent>(run->log().next(4)->what));
            loop.stop();
        });
        loop.run();
        CHECK(runs.find(1)->has_events());
    });
}

TEST_CASE("an idle daemon holds no events that the history has, but for those somebody watches")
{
    const io::TempDirectory directory;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop& loop) {
        daemon::LoopMailbox mailbox{loop};
        daemon::Runs runs{mailbox, &history};
        runs.on_idle([&loop] { loop.stop(); });
        for (int i = 0; i < 2; ++i) {
            runs.start({}, [](daemon::RunControl& control) {
                control.monitor().note("said");
                return daemon::RunResult{};
            });
            loop.run();
        }
        const auto watched = runs.find(2);
        // Not before its thread has them on the disk.
        while (runs.find(1)->has_events()) {
            uv_run(loop.get(), UV_RUN_NOWAIT);
            std::this_thread::yield();
            runs.forget_events();
        }
        CHECK(watched->has_events());
        runs.with_events(1, [&](const std::shared_ptr<daemon::Run>& run) {
            CHECK(std::holds_alternative<proto::NoteEvent>(run->log().next(2)->what));
            loop.stop();
        });
        loop.run();
    });
}

TEST_CASE("only the newest runs are remembered, and no events without their run")
{
    const io::TempDirectory directory;
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        for (std::uint64_t id = 1; id <= daemon::History::runs_max + 5; ++id) {
            history.keep(run_of(id, RunState::done), {note(id, 1, "x")}, [] {});
        }
    });
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        const auto past = history.take_past();
        CHECK(past.size() == daemon::History::runs_max);
        CHECK(past.front().run.run == 6);
    });
    sqlite::Database database{directory.path() + "/history.db"};
    sqlite::Statement count{database, "SELECT count(*) FROM events"};
    REQUIRE(count.step());
    CHECK(count.number(0) == static_cast<std::int64_t>(daemon::History::runs_max));
}

TEST_CASE("a history that is no database is put aside and begun anew")
{
    const io::TempDirectory directory;
    const auto path = directory.path() + "/history.db";
    io::replace_file(path, io::view_of(std::string(5000, 'x')));
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        CHECK(history.take_past().empty());
        history.keep(run_of(1, RunState::done), {}, [] {});
    });
    CHECK(std::filesystem::file_size(path + ".bad") == 5000);
    with_history(directory.path(), [](daemon::History& history, daemon::Loop&) {
        CHECK(history.take_past().size() == 1);
    });
}
