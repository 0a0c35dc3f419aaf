// Goal: what people see of jobs and runs is right, fits its window and says what to do. Method:
// replies and events written out here, and the text that a person would expect of them.
#include "ctl/show/bar.hpp"
#include "ctl/show/chart.hpp"
#include "ctl/show/history.hpp"
#include "ctl/show/run_log.hpp"
#include "ctl/show/status.hpp"
#include "ctl/show/style.hpp"
#include "ctl/show/table.hpp"
#include "ctl/show/watch_screen.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

using namespace duplid;

namespace {

constexpr show::Style plain{};
constexpr show::Style utf8{.color = false, .utf8 = true};
constexpr show::Style colored{.color = true, .utf8 = false};

/// Tue Nov 14 22:13:20 2023, UTC.
constexpr std::int64_t now = 1'700'000'000;
constexpr std::int64_t hour = 3600;

void use_utc()
{
    ::setenv("TZ", "UTC", 1);
    ::tzset();
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

proto::JobSummary job_called(const std::string& name)
{
    proto::JobSummary job;
    job.job = name;
    job.state = proto::JobState::idle;
    return job;
}

proto::RunSummary run_of(std::uint64_t number, const std::string& job)
{
    proto::RunSummary run;
    run.run = number;
    run.kind = proto::RunKind::backup;
    run.state = proto::RunState::running;
    run.job = job;
    run.queued_at = now - 60;
    run.started_at = now - 60;
    return run;
}

proto::Event event_of(std::uint64_t run, decltype(proto::Event::what) what)
{
    return {run, 1, static_cast<double>(now), std::move(what)};
}

proto::WarningEvent warning(const std::string& object)
{
    return {{.kind = proto::ErrorKind::denied,
             .cause = "cannot be read",
             .object = object,
             .hint = "exclude it"}};
}

proto::StatusReply status_with(std::vector<proto::JobSummary> jobs,
                               std::vector<proto::RunSummary> runs)
{
    proto::StatusReply status;
    status.version = "1.2";
    status.instance = proto::Instance::user;
    status.pid = 77;
    status.started = now - 2 * hour;
    status.connections = 1;
    status.running = runs.size();
    status.jobs = std::move(jobs);
    status.runs = std::move(runs);
    return status;
}

}  // namespace

TEST_CASE("a bar is filled by eighths where there are such characters, else by whole columns")
{
    CHECK(show::bar(0, 4, utf8) == "░░░░");
    CHECK(show::bar(0.5, 4, utf8) == "██░░");
    CHECK(show::bar(0.53125, 4, utf8) == "██▏░");
    CHECK(show::bar(1, 4, utf8) == "████");
    CHECK(show::bar(7, 4, utf8) == "████");
    CHECK(show::bar(0.5, 6, plain) == "[##--]");
    CHECK(show::bar(-1, 6, plain) == "[----]");
}

TEST_CASE("a line of progress fits its window, and drops first what matters least")
{
    proto::ProgressFigures figures;
    figures.files_done = 3;
    figures.files_expected = 9;
    figures.bytes_done = 1 << 20;
    figures.bytes_expected = 4 << 20;
    figures.bytes_per_second = 1024;
    figures.eta_seconds = 40;
    const auto whole = show::bar_line("backing_up", figures, 100, plain);
    CHECK(whole.starts_with("backing up [#"));
    CHECK(whole.ends_with("]  25%  1.00 MB of 4.00 MB  3 of 9 files  1.00 KB/s  0:40 left"));
    figures.is_estimate = true;
    CHECK(show::bar_line("backing_up", figures, 100, plain)
              .ends_with("]  25%  1.00 MB of ~4.00 MB  3 of ~9 files  1.00 KB/s  0:40 left"));
    for (std::size_t columns = 1; columns < 120; ++columns) {
        CAPTURE(columns);
        const auto line = show::bar_line("backing_up", figures, columns, utf8);
        CHECK(show::columns_of(line) <= columns);
    }
    const auto narrow = show::bar_line("backing_up", figures, 50, plain);
    CHECK_FALSE(contains(narrow, "KB/s"));
    CHECK_FALSE(contains(narrow, "files"));
    CHECK(contains(narrow, "25%"));
    CHECK(contains(narrow, "0:40 left"));
    figures.bytes_expected = 0;
    CHECK_FALSE(contains(show::bar_line("backing_up", figures, 80, plain), "%"));
}

TEST_CASE("colours surround words and count for no column")
{
    CHECK(colored.paint(show::Paint::good, "done") == "\x1b[32mdone\x1b[0m");
    CHECK(plain.paint(show::Paint::good, "done") == "done");
    CHECK(colored.paint(show::Paint::good, "").empty());
    const std::vector<show::TableRow> rows{{{"a", show::Paint::good}, {"1", {}, true}},
                                           {{"bcd"}, {"22", {}, true}},
                                           {{}, {"3", {}, true}}};
    CHECK(show::table(rows, plain) == std::vector<std::string>{"a     1", "bcd  22", "      3"});
    CHECK(show::table(rows, colored).front() == "\x1b[32ma\x1b[0m     1");
    CHECK(show::cut("äöü€", 4, utf8) == "äöü€");
    CHECK(show::cut("äöü€x", 4, utf8) == "äöü…");
    CHECK(show::cut("abcdef", 4, plain) == "abc~");
}

TEST_CASE("a chart is as high as its largest amount, and shows what is small and what failed")
{
    show::ChartLook look;
    look.title = "Sizes";
    look.in_words = [](double amount) { return std::to_string(static_cast<int>(amount)); };
    look.columns = 5 + 5;
    look.rows = 2;
    look.style = utf8;
    const std::vector<std::optional<double>> amounts{100, 1, std::nullopt, 50, 0};
    CHECK(show::chart(amounts, look) == "Sizes\n"
                                        "100 │█\n"
                                        "  0 │█▁×█\n");
    look.style = plain;
    CHECK(show::chart(amounts, look) == "Sizes\n"
                                        "100 |#\n"
                                        "  0 |#.x#\n");
    // Of more than fit the last ones are drawn.
    look.columns = 5 + 2;
    CHECK(show::chart(amounts, look) == "Sizes\n"
                                        " 50 |#\n"
                                        "  0 |#\n");
    const std::vector<std::optional<double>> none{std::nullopt};
    CHECK(show::chart(none, look).empty());
}

TEST_CASE("status names daemon, jobs with the age of their last backup, and what runs")
{
    use_utc();
    auto home = job_called("home");
    home.last_success = now - 3 * hour;
    home.last_result = proto::RunState::done;
    home.next = now + 90 * 60;
    home.source = "/home/ada";
    home.target = "sftp://nas/home";
    auto run = run_of(12, "photos");
    run.phase = "backing_up";
    run.progress.emplace();
    run.progress->bytes_done = 1024;
    auto photos = job_called("photos");
    photos.state = proto::JobState::running;
    photos.run = 12;
    const auto status = status_with({home, photos}, {run});
    CHECK(
        show::status_screen(status, {.now = now}) ==
        "* duplid 1.2 (user), process 77, since 2023-11-14 20:13 (2 h ago)\n"
        "  2 jobs, 1 running, 0 queued, 1 connection\n"
        "\n"
        "  JOB     STATE             LAST GOOD BACKUP            NEXT RUN\n"
        "* home    idle              2023-11-14 19:13 (3 h ago)  2023-11-14 23:43 (in 1 h 30 min)\n"
        "* photos  running (run 12)  never                       -\n"
        "\n"
        "Runs\n"
        "  12 backup of photos: running\n"
        "    backing up  1.00 KB  0 files\n");
    CHECK(contains(show::status_screen(status, {.now = now, .details = true}),
                   "    /home/ada -> sftp://nas/home\n"));
}

TEST_CASE("status says what is wrong with a job and what to do about it")
{
    use_utc();
    auto job = job_called("home");
    job.last_result = proto::RunState::failed;
    job.last_attempt = now - hour;
    job.run = 9;
    job.last_error = proto::RpcError{.kind = proto::ErrorKind::unreachable,
                                     .cause = "connecting: refused",
                                     .object = "nas",
                                     .hint = "is it switched on?"};
    auto remarks = show::remarks_on(job, now);
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].paint == show::Paint::bad);
    CHECK(remarks[0].what == "the last backup failed, 1 h ago: connecting: refused: nas");
    CHECK(remarks[0].advice == "is it switched on?; \"duplictl log 9\" shows what it said, "
                               "\"duplictl job run home\" tries again");
    const auto screen = show::status_screen(status_with({job}, {}), {.now = now});
    CHECK(contains(screen, "\nTo look at\n  x home: the last backup failed"));

    job.last_result = proto::RunState::warnings;
    job.last_error.reset();
    job.last_warnings = 3;
    remarks = show::remarks_on(job, now);
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].what == "the last backup is not whole: 3 warnings");

    job.last_result = proto::RunState::done;
    job.last_success = now - 100 * hour;
    job.stale_since = now - 2 * hour;
    proto::TaskStatus verify;
    verify.task = proto::JobTask::verify;
    verify.last_result = proto::RunState::failed;
    verify.run = 10;
    job.troubled_tasks = {verify};
    remarks = show::remarks_on(job, now);
    REQUIRE(remarks.size() == 2);
    CHECK(remarks[0].what == "the last verify failed");
    CHECK(remarks[1].what == "the last good backup is too old, since 2023-11-14 20:13");

    auto broken = job_called("other");
    broken.state = proto::JobState::broken;
    broken.reason = "there is no setting \"volzise\"";
    remarks = show::remarks_on(broken, now);
    REQUIRE(remarks.size() == 1);
    CHECK(contains(remarks[0].advice, "config-check"));

    auto fresh = job_called("new");
    CHECK(contains(show::remarks_on(fresh, now).at(0).what, "no backup yet"));
    fresh.next = now + hour;
    CHECK(show::remarks_on(fresh, now).empty());
}

TEST_CASE(
    "status tells of targets that are behind or too old, and of those that are required first")
{
    use_utc();
    auto job = job_called("home");
    job.last_result = proto::RunState::done;
    job.last_success = now - hour;
    proto::TargetStatus nas;
    nas.name = "nas";
    nas.state = proto::TargetState::good;
    nas.required = true;
    nas.last_good = now - hour;
    proto::TargetStatus usb;
    usb.name = "usb";
    usb.state = proto::TargetState::behind;
    usb.reason = "it is not there";
    usb.last_good = now - 50 * hour;
    usb.stale_since = now - 2 * hour;
    job.targets = {nas, usb};
    const auto screen = show::status_screen(status_with({job}, {}), {.now = now});
    CHECK(contains(screen, "    usb: behind, last good 2 days 2 h ago, stale: it is not there\n"));
    CHECK_FALSE(contains(screen, "nas (required)"));
    const auto details = show::status_screen(status_with({job}, {}), {.now = now, .details = true});
    CHECK(contains(details, "    nas (required): good 1 h ago\n"));
    auto remarks = show::remarks_on(job, now);
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].what == "what target usb has is too old, since 2023-11-14 20:13");
    // Where the job itself is, its targets need not be told of by themselves.
    job.stale_since = now - hour;
    CHECK(show::remarks_on(job, now).size() == 1);
}

TEST_CASE("what a daemon says cannot steer the terminal of whoever watches")
{
    auto job = job_called("home");
    job.state = proto::JobState::broken;
    job.reason = "\x1b[2J";
    CHECK_FALSE(contains(show::status_screen(status_with({job}, {}), {.now = now}), "\x1b"));
    show::WatchBoard board{""};
    board.take(status_with({}, {run_of(1, "")}));
    board.take(event_of(1, warning("/a\x1b[2J")));
    for (const auto& line : board.lines(now, 80, 24, plain)) {
        CHECK_FALSE(contains(line, "\x1b"));
    }
    CHECK_FALSE(contains(show::log_line(event_of(1, proto::NoteEvent{"\x1b]0;x"}), plain), "\x1b"));
}

TEST_CASE("a watched run shows phase, progress and its last warnings, and then its end")
{
    use_utc();
    show::WatchBoard board{""};
    CHECK(board.take(status_with({}, {run_of(12, "home")})) == std::vector<std::uint64_t>{12});
    CHECK(board.take(status_with({}, {run_of(12, "home")})).empty());
    board.take(event_of(12, proto::PhaseEvent{"backing_up"}));
    proto::ProgressFigures figures;
    figures.bytes_done = 50;
    figures.bytes_expected = 100;
    board.take(event_of(12, proto::ProgressEvent{figures}));
    for (const char* name : {"/1", "/2", "/3", "/4"}) {
        board.take(event_of(12, warning(name)));
    }
    const auto lines = board.lines(now, 60, 24, plain);
    REQUIRE(lines.size() == 7);
    CHECK(lines[0] == "duplid 1.2 (user): 1 running, 0 queued   2023-11-14 22:13:20");
    CHECK(lines[2] == "12 backup of home  running 1:00, 4 warnings");
    CHECK(lines[3].starts_with("   backing up ["));
    CHECK(contains(lines[3], " 50%"));
    CHECK(lines[4] == "   warning: cannot be read: /2");
    CHECK(lines[6] == "   warning: cannot be read: /4");

    proto::DoneEvent done;
    done.state = proto::RunState::failed;
    done.error = proto::RpcError{
        .kind = proto::ErrorKind::no_space, .cause = "no room", .object = "", .hint = ""};
    board.take(event_of(12, done));
    CHECK(board.is_idle());
    const auto after = board.lines(now, 60, 24, plain);
    REQUIRE(after.size() == 6);
    CHECK(after[2] == "Nothing is running");
    CHECK(after[4] == "12 backup of home  failed 1:00, 4 warnings");
    CHECK(after[5] == "   failed: no room");
}

TEST_CASE("a window that is too small shows what fits, and how much is missing")
{
    show::WatchBoard board{""};
    std::vector<proto::RunSummary> runs;
    for (std::uint64_t number = 1; number <= 10; ++number) {
        runs.push_back(run_of(number, "job"));
    }
    board.take(status_with({}, runs));
    for (const std::size_t rows : {1U, 2U, 5U, 12U, 30U}) {
        for (const std::size_t columns : {1U, 10U, 40U, 200U}) {
            const auto lines = board.lines(now, columns, rows, plain);
            CHECK(lines.size() <= rows);
        }
    }
    const auto lines = board.lines(now, 80, 5, plain);
    REQUIRE(lines.size() == 5);
    CHECK(lines.back() == "8 more lines");
}

TEST_CASE("a board of one job leaves other runs out, and names what is due next")
{
    auto home = job_called("home");
    home.next = now + 2 * hour;
    auto photos = job_called("photos");
    photos.next = now + hour;
    show::WatchBoard all{""};
    show::WatchBoard one{"home"};
    const auto status = status_with({home, photos}, {run_of(3, "photos")});
    CHECK(all.take(status).size() == 1);
    CHECK(one.take(status).empty());
    CHECK(one.is_idle());
    CHECK(one.idle_in_words(now) == "Nothing is running; next: home in 2 h");
    CHECK(all.idle_in_words(now) == "Nothing is running; next: photos in 1 h");
    // A run that status no longer names, and whose last event never came.
    CHECK(all.take(status_with({}, {})).empty());
    CHECK(all.vanished() == std::vector<std::uint64_t>{3});
}

TEST_CASE("a log has the time of each event and colours its warnings")
{
    use_utc();
    CHECK(show::log_line(event_of(1, warning("/x")), plain) ==
          "2023-11-14 22:13:20  warning: cannot be read: /x\n"
          "                       exclude it\n");
    CHECK(contains(show::log_line(event_of(1, warning("/x")), colored),
                   "\x1b[33mwarning: cannot be read: /x\x1b[0m"));
    CHECK(
        show::log_line(event_of(1, proto::StateEvent{proto::RunState::queued, "waiting for run 3"}),
                       plain) == "2023-11-14 22:13:20  queued: waiting for run 3\n");
    CHECK(show::log_line(event_of(1, proto::PhaseEvent{"backing_up"}), plain) ==
          "2023-11-14 22:13:20  backing up\n");
    CHECK(show::log_line(event_of(1, proto::ProgressEvent{}), plain).empty());
    CHECK(show::log_line(event_of(1, proto::VolumeEvent{}), plain).empty());
    CHECK(show::log_heading(run_of(4, "home"), plain) == "Run 4: backup of home\n");
}

TEST_CASE("the history of a job is a row for each run, and a chart of its backups")
{
    use_utc();
    std::vector<proto::JobHistoryEntry> runs(3);
    runs[0].run = 1;
    runs[0].kind = proto::RunKind::backup;
    runs[0].state = proto::RunState::done;
    runs[0].queued_at = runs[0].started_at.emplace(now);
    runs[0].ended_at = now + 125;
    runs[0].backup = proto::BackupFigures{.outcome = proto::BackupOutcome::stored,
                                          .set_type = proto::SetType::full,
                                          .source_files = 1200,
                                          .source_bytes = 0,
                                          .changed_files = 1200,
                                          .stored_bytes = 2 << 20};
    runs[1] = runs[0];
    runs[1].run = 2;
    runs[1].state = proto::RunState::failed;
    runs[1].backup.reset();
    runs[1].error = proto::RpcError{
        .kind = proto::ErrorKind::unreachable, .cause = "no network", .object = "", .hint = ""};
    runs[2] = runs[0];
    runs[2].run = 3;
    runs[2].warnings = 4;
    runs[2].state = proto::RunState::warnings;
    runs[2].ended_at = now + 5;
    runs[2].backup->set_type = proto::SetType::incremental;
    runs[2].backup->changed_files = 3;
    runs[2].backup->stored_bytes = 1 << 20;
    CHECK(show::job_history({}, 80, plain) == "No runs.\n");
    const auto text = show::job_history(runs, 80, plain);
    const auto row = [](const char* line) { return std::string{line} + "\n"; };
    CHECK(contains(text, row("2023-11-14 22:13    1  full backup         done          2:05   1200"
                             "     1200  2.00 MB")));
    CHECK(contains(text, "failed        2:05"));
    CHECK(contains(text, "no network"));
    CHECK(contains(text,
                   "incremental backup  warnings      0:05   1200        3  1.00 MB         4"));
    CHECK(contains(text, "Stored by each backup\n2.00 MB |##\n"));
    CHECK(contains(text, "      0 |## x  ##\n"));
    CHECK(contains(text, "Duration of each backup\n2:05 |##\n"));
    // One backup compares with nothing.
    runs.resize(1);
    CHECK_FALSE(contains(show::job_history(runs, 80, plain), "Stored by"));
}
