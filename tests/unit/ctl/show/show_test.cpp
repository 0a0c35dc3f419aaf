// Goal: human output has the form that scripts search in duplicity's. Method: blocks that
// duplicity 0.8.22 printed (time zone UTC), with the figures they stand for put into a reply.
#include "ctl/show/collection.hpp"
#include "ctl/show/files.hpp"
#include "ctl/show/message.hpp"
#include "ctl/show/progress.hpp"
#include "ctl/show/proof.hpp"
#include "ctl/show/report.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/text.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <string>

using namespace duplid;

namespace {

void use_utc()
{
    ::setenv("TZ", "UTC", 1);
    ::tzset();
}

proto::SetStatus full_set(std::int64_t time, std::uint32_t volumes)
{
    proto::SetStatus set;
    set.set = {.type = proto::SetType::full, .start = std::nullopt, .time = time};
    set.volumes = volumes;
    return set;
}

proto::SetStatus increment(std::int64_t start, std::int64_t time, std::uint32_t volumes)
{
    proto::SetStatus set;
    set.set = {.type = proto::SetType::incremental, .start = start, .time = time};
    set.volumes = volumes;
    return set;
}

proto::ChainStatus chain_of(std::int64_t first, std::int64_t second, std::uint32_t volumes)
{
    proto::ChainStatus chain;
    chain.sets = {full_set(first, 1), increment(first, second, volumes)};
    return chain;
}

/// Two chains, the later with signatures: made by duplicity at the times given here.
proto::CollectionStatusReply two_chains()
{
    proto::CollectionStatusReply reply;
    reply.target = "file:///base/dst";
    reply.archive_directory = "/base/arch/demo";
    reply.chains = {chain_of(1700000000, 1700003600, 1), chain_of(1700090000, 1700100000, 3)};
    return reply;
}

}  // namespace

TEST_CASE("the statistics block is duplicity's, byte for byte")
{
    use_utc();
    proto::BackupStatistics statistics;
    statistics.start_time = 1795294999.73;
    statistics.end_time = 1795294999.79;
    statistics.source_files = 9;
    statistics.source_file_size = 1500322;
    statistics.new_files = 3;
    statistics.new_file_size = 264;
    statistics.deleted_files = 1;
    statistics.changed_files = 2;
    statistics.changed_file_size = 1500011;
    statistics.changed_delta_size = 0;
    statistics.delta_entries = 6;
    statistics.raw_delta_size = 556;
    statistics.total_destination_size_change = 930;
    statistics.errors = 0;
    CHECK(show::statistics_block(statistics) ==
          R"(--------------[ Backup Statistics ]--------------
StartTime 1795294999.73 (Sat Nov 21 21:03:19 2026)
EndTime 1795294999.79 (Sat Nov 21 21:03:19 2026)
ElapsedTime 0.06 (0.06 seconds)
SourceFiles 9
SourceFileSize 1500322 (1.43 MB)
NewFiles 3
NewFileSize 264 (264 bytes)
DeletedFiles 1
ChangedFiles 2
ChangedFileSize 1500011 (1.43 MB)
ChangedDeltaSize 0 (0 bytes)
DeltaEntries 6
RawDeltaSize 556 (556 bytes)
TotalDestinationSizeChange 930 (930 bytes)
Errors 0
-------------------------------------------------

)");
}

TEST_CASE("a report of a backup ends with its set and volumes")
{
    use_utc();
    proto::BackupReport report;
    report.set = {.type = proto::SetType::full, .start = std::nullopt, .time = 1700000000};
    report.volumes = 2;
    CHECK(show::backup_report(report).ends_with(
        "\n\nWrote the full set of Tue Nov 14 22:13:20 2023: 2 volumes.\n"));
    report.resumed_at_volume = 2;
    CHECK(show::backup_report(report).ends_with(
        "\n\nResumed at volume 2.\n"
        "Wrote the full set of Tue Nov 14 22:13:20 2023: 2 volumes.\n"));
}

TEST_CASE("a backup that made no set says why")
{
    use_utc();
    proto::BackupReport report;
    report.set = {.type = proto::SetType::incremental, .start = 1600000000, .time = 1700000000};
    report.outcome = proto::BackupOutcome::would_store;
    CHECK(show::backup_result(report) ==
          "Dry run: an incremental set would be made; nothing was written.\n");
    report.outcome = proto::BackupOutcome::unchanged;
    CHECK(show::backup_result(report) == "Nothing has changed since the incremental set of Tue Nov "
                                         "14 22:13:20 2023; no set was made.\n");
}

TEST_CASE("collection-status has duplicity's layout for a primary and a secondary chain")
{
    use_utc();
    auto reply = two_chains();
    reply.primary = 1;
    CHECK(show::collection_status(reply) == R"(Last full backup date: Wed Nov 15 23:13:20 2023
Collection Status
-----------------
Target: file:///base/dst
Archive dir: /base/arch/demo

Found 1 secondary backup chain.
Secondary chain 1 of 1:
-------------------------
Chain start time: Tue Nov 14 22:13:20 2023
Chain end time: Tue Nov 14 23:13:20 2023
Number of contained backup sets: 2
Total number of contained volumes: 2
 Type of backup set:                            Time:      Num volumes:
                Full         Tue Nov 14 22:13:20 2023                 1
         Incremental         Tue Nov 14 23:13:20 2023                 1
-------------------------


Found primary backup chain with matching signature chain:
-------------------------
Chain start time: Wed Nov 15 23:13:20 2023
Chain end time: Thu Nov 16 02:00:00 2023
Number of contained backup sets: 2
Total number of contained volumes: 4
 Type of backup set:                            Time:      Num volumes:
                Full         Wed Nov 15 23:13:20 2023                 1
         Incremental         Thu Nov 16 02:00:00 2023                 3
-------------------------
No orphaned or incomplete backup sets found.
)");
}

TEST_CASE("chains without signatures are all secondary")
{
    use_utc();
    const auto text = show::collection_status(two_chains());
    CHECK(text.starts_with("Last full backup date: Wed Nov 15 23:13:20 2023\n"));
    CHECK(text.find("Found 2 secondary backup chains.\nSecondary chain 1 of 2:\n") !=
          std::string::npos);
    CHECK(text.ends_with("-------------------------\n\n"
                         "No backup chains with active signatures found\n"
                         "No orphaned or incomplete backup sets found.\n"));
}

TEST_CASE("an archive of leftovers is told as duplicity tells it")
{
    use_utc();
    proto::CollectionStatusReply reply;
    reply.orphaned = {increment(1, 2, 1), increment(2, 3, 1)};
    reply.incomplete = {full_set(1, 1)};
    const auto text = show::collection_status(reply);
    CHECK(text.starts_with("Last full backup date: none\n"));
    CHECK(text.ends_with(
        "\nFound 0 secondary backup chains.\n"
        "No backup chains with active signatures found\n"
        "Also found 2 backup sets not part of any chain,\n"
        "and 1 incomplete backup set.\n"
        "These may be deleted by running duplicity with the \"cleanup\" command.\n"));
}

TEST_CASE("a reply that contradicts itself is shown without a crash")
{
    auto reply = two_chains();
    reply.primary = 7;
    reply.chains.emplace_back();
    CHECK(show::collection_status(reply).find("No backup chains with active signatures found") !=
          std::string::npos);
}

TEST_CASE("a listed file is its local time and the raw bytes of its name")
{
    use_utc();
    proto::FileEntry file;
    file.path = "odd\xff\nname";
    file.mtime = 1700000000;
    CHECK(show::file_line(file) == "Tue Nov 14 22:13:20 2023 odd\xff\nname\n");
}

TEST_CASE("a message says what, which object and what to do")
{
    CHECK(show::message("warning", {.kind = proto::ErrorKind::denied,
                                    .cause = "cannot be read",
                                    .object = "/a\x1b[2J\nb",
                                    .hint = "exclude it"}) ==
          "duplictl: warning: cannot be read: /a\\x1b[2J\\x0ab\n  exclude it\n");
    CHECK(show::message("error", {.kind = proto::ErrorKind::not_found,
                                  .cause = "opening /x: No such file or directory",
                                  .object = "/x",
                                  .hint = {}}) ==
          "duplictl: error: opening /x: No such file or directory\n");
}

TEST_CASE("names cannot steer a terminal, and letters stay letters")
{
    CHECK(show::printable("\xc3\xa9\xe2\x82\xac") == "\xc3\xa9\xe2\x82\xac");
    CHECK(show::printable("a\tb\x7f") == "a\\x09b\\x7f");
    // U+009B is a terminal's "control sequence introducer" in one character.
    CHECK(show::printable("\xc2\x9b"
                          "2J") == "\\xc2\\x9b2J");
    CHECK(show::printable("\xc2\xa0") == "\xc2\xa0");
}

TEST_CASE("progress tells what is known and never claims 100 percent")
{
    proto::ProgressFigures figures;
    figures.bytes_done = 1500322;
    figures.files_done = 1;
    CHECK(show::progress_in_words("backing_up", figures) == "backing up: 1.43 MB, 1 file");
    figures.bytes_expected = 1500322;
    figures.files_expected = 9;
    figures.bytes_per_second = 1024;
    figures.eta_seconds = 3725;
    CHECK(show::progress_in_words("backing_up", figures) ==
          "backing up: 1.43 MB of 1.43 MB (99%), 1 of 9 files, 1.00 KB/s, 1:02:05 left");
    figures.is_estimate = true;
    CHECK(show::progress_in_words("backing_up", figures) ==
          "backing up: 1.43 MB of ~1.43 MB (99%), 1 of ~9 files, 1.00 KB/s, 1:02:05 left");
}

TEST_CASE("runs are listed in a table that is as wide as its words")
{
    use_utc();
    CHECK(show::run_table({}) == "No runs.\n");
    std::vector<proto::RunSummary> runs(2);
    runs[0].run = 12;
    runs[0].kind = proto::RunKind::backup;
    runs[0].state = proto::RunState::running;
    runs[0].held = true;
    runs[0].started_at = 1700000000;
    runs[0].target = "file:///t";
    runs[1].run = 3;
    runs[1].kind = proto::RunKind::restore;
    runs[1].state = proto::RunState::done;
    runs[1].queued_at = 1700000000;
    CHECK(show::run_table(runs) ==
          "RUN  KIND     STATE           BEGAN                     TARGET\n"
          "12   backup   running (held)  Tue Nov 14 22:13:20 2023  "
          "file:///t\n"
          "3    restore  done            Tue Nov 14 22:13:20 2023\n");
}

TEST_CASE("a paused run says by whom and until when, in the table and by itself")
{
    use_utc();
    std::vector<proto::RunSummary> runs(1);
    runs[0].run = 12;
    runs[0].kind = proto::RunKind::backup;
    runs[0].state = proto::RunState::running;
    runs[0].paused = proto::RunPause{"ann", 1700000000};
    runs[0].limit_up = 512'000;
    CHECK(show::run_table(runs).find(
              "backup  running (paused by ann until Tue Nov 14 22:13:20 2023)  ") !=
          std::string::npos);
    proto::RunShowReply reply;
    reply.run = runs[0];
    const auto text = show::run_details(reply);
    CHECK(text.find("Pause      paused by ann until Tue Nov 14 22:13:20 2023\n") !=
          std::string::npos);
    CHECK(text.find("Upload     500 KB a second\n") != std::string::npos);
    CHECK(text.find("Download") == std::string::npos);
    reply.run.paused->until.reset();
    CHECK(show::run_details(reply).find("Pause      paused by ann\n") != std::string::npos);
}

TEST_CASE("differences are told in duplicity's sentences")
{
    struct Row {
        proto::DifferenceEvent event;
        const char* expected;
    };
    for (const auto& row :
         {Row{{"new", "new", "", ""}, "New file new"},
          Row{{"x", "missing", "", ""}, "File x is missing"},
          Row{{"ty", "type", "reg", "dir"}, "File ty has type reg, expected dir"},
          Row{{"p", "permissions", "0:0 600", "0:0 644"},
              "File p has permissions 0:0 600, expected 0:0 644"},
          Row{{"a", "mtime", "1577836800", "1700000000"},
              "File a has mtime Wed Jan  1 00:00:00 2020, expected Tue Nov 14 22:13:20 2023"},
          Row{{"c/g", "data", "", ""}, "Data for file c/g is different"},
          Row{{"l", "link", "y", "x"}, "Symlink l points to y, expected x"},
          Row{{"d", "device", "(1, 3)", "(1, 5)"},
              "Device file d has numbers (1, 3), expected (1, 5)"}}) {
        CHECK(show::difference_line(row.event) ==
              std::string{"Difference found: "} + row.expected + "\n");
    }
}

TEST_CASE("a verify ends with duplicity's line, and says what was compared")
{
    proto::VerifyReport report;
    report.compared = 1;
    report.differences = 2;
    CHECK(show::verify_report(report).find("Verify complete") == std::string::npos);
    report.with_directory = true;
    CHECK(show::verify_report(report).ends_with(
        "content was not.\nVerify complete: 1 file compared, 2 differences found.\n"));
    report.with_data = true;
    report.compared = 10;
    report.differences = 1;
    CHECK(show::verify_report(report).ends_with(
        "and content were compared.\nVerify complete: 10 files compared, 1 difference found.\n"));
}

TEST_CASE("a check names the times that are spoiled, and never claims 100 percent of less")
{
    proto::CheckReport report;
    report.total_bytes = 1000;
    report.recent_bytes = 999;
    report.recent_days = 60;
    CHECK(show::check_report(report).ends_with(
        "99% of the data were read back in the last 60 days.\nNo fault found.\n"));
    report.damaged = 2;
    report.spoiled = {{1577836800, 1577836800, 1700000000}, {1700000000, 1700086400, std::nullopt}};
    CHECK(show::check_report(report).ends_with(
        "The state of Wed Jan  1 00:00:00 2020 cannot be restored whole; from Tue Nov 14 22:13:20 "
        "2023 on all is well again.\n"
        "The states from Tue Nov 14 22:13:20 2023 to Wed Nov 15 22:13:20 2023 cannot be restored "
        "whole, and there is no newer one.\n"
        "2 faults found.\n"));
}
