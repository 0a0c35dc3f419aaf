#include "daemon/agenda/job_record.hpp"
#include "daemon/runs/history.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/sqlite/database.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using schedule::Instant;
using schedule::Span;

namespace {

Instant at(std::int64_t microseconds)
{
    return Instant{Span{microseconds}};
}

daemon::JobRecord record()
{
    daemon::JobRecord record;
    record.plan = R"({"every":"1d"})";
    record.past.planned = at(1);
    record.past.last_success = schedule::Attempt{at(2), at(3), schedule::Result::success};
    record.past.last_attempt = schedule::Attempt{at(4), at(5), schedule::Result::interrupted};
    record.past.failures = 2;
    record.past.paused_until = Instant::max();
    record.running_since = 6;
    record.stale_told = true;
    record.run = 7;
    record.last_state = proto::RunState::failed;
    record.last_error = proto::RpcError{proto::ErrorKind::busy, "a cause", "an object", ""};
    proto::TargetStatus usb;
    usb.name = "usb";
    usb.state = proto::TargetState::behind;
    usb.sets_behind = 3;
    record.targets = {usb};
    record.figures.emplace();
    record.figures->seconds = 8;
    record.figures->backup.emplace();
    record.figures->backup->chain_sets = 9;
    return record;
}

}  // namespace

TEST_CASE("what is remembered of a job comes back as it was")
{
    const auto back = daemon::job_record_of(daemon::text_of(record()));
    REQUIRE(back);
    CHECK(back->plan == record().plan);
    CHECK(back->past == record().past);
    CHECK(back->running_since == 6);
    CHECK(back->stale_told);
    CHECK(back->run == 7);
    CHECK(back->last_state == proto::RunState::failed);
    REQUIRE(back->last_error);
    CHECK(back->last_error->cause == "a cause");
    REQUIRE(back->targets.size() == 1);
    CHECK(back->targets[0].name == "usb");
    CHECK(back->targets[0].state == proto::TargetState::behind);
    CHECK(back->targets[0].sets_behind == 3U);
    REQUIRE(back->figures);
    CHECK(back->figures->seconds == 8);
    REQUIRE(back->figures->backup);
    CHECK(back->figures->backup->chain_sets == 9);
    CHECK_FALSE(back->figures->check);

    const auto empty = daemon::job_record_of(daemon::text_of({}));
    REQUIRE(empty);
    CHECK(empty->past == schedule::Past{});
    CHECK_FALSE(empty->run);
    CHECK_FALSE(empty->stale_told);
}

TEST_CASE("what somebody else wrote there is not believed")
{
    for (const auto* const text : {"", "[]", "{\"past\"", R"({"failures": "many"})",
                                   R"({"last_attempt": {"began": "now"}})"}) {
        CAPTURE(text);
        CHECK_FALSE(daemon::job_record_of(text));
    }
}

TEST_CASE("states of jobs are in the history, also in one that an earlier release made")
{
    const io::TempDirectory directory;
    {
        sqlite::Database database{directory.path() + "/history.db"};
        database.execute(
            "CREATE TABLE runs (run INTEGER PRIMARY KEY, ended INTEGER NOT NULL, record "
            "TEXT NOT NULL) STRICT; CREATE TABLE events (run INTEGER NOT NULL, seq "
            "INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, "
            "WITHOUT ROWID");
        database.set_user_version(1);
    }
    const auto with_history = [&directory](const auto& use) {
        daemon::Loop loop;
        daemon::LoopMailbox mailbox{loop};
        daemon::History history{directory.path(), mailbox};
        use(history);
    };
    with_history([](daemon::History& history) {
        CHECK(history.take_job_states().empty());
        history.keep_job_state("home", "1");
        history.keep_job_state("home", "2");
        history.keep_job_state("home verify", "3");
        history.keep_job_state("gone", "4");
        history.keep_job_state("gone", "");
    });
    with_history([](daemon::History& history) {
        CHECK(history.take_job_states() ==
              std::map<std::string, std::string>{{"home", "2"}, {"home verify", "3"}});
    });
}
