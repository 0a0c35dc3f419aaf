// Goal: removals say on the wire what the command line said, and to people what the report says.
// Method: JSON and texts written by hand.
#include "ctl/process/failure.hpp"
#include "ctl/requests/removal_request.hpp"
#include "ctl/show/removal.hpp"
#include "proto/writer.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

using namespace duplid;

namespace {

const ctl::Surroundings here{.working_directory = "/home/ada", .now = 1700000000};

ctl::CommandLine parsed(const std::vector<std::string>& words)
{
    return std::get<ctl::CommandLine>(ctl::parse_command_line(words));
}

proto::Json prune_json(std::vector<std::string> words)
{
    words.insert(words.begin(), {"prune", "file:///t"});
    return proto::write_message(ctl::prune_params(parsed(words), here));
}

proto::SetName full_at(std::int64_t time)
{
    return {proto::SetType::full, std::nullopt, time};
}

void use_utc()
{
    ::setenv("TZ", "UTC", 1);
    ::tzset();
}

}  // namespace

TEST_CASE("a time before which chains go counts from now, or stands for itself")
{
    const auto json = proto::write_message(ctl::remove_older_than_params(
        parsed({"remove-older-than", "2D", "file:///t", "--force", "--name", "demo"}), here));
    CHECK(json.at("time") == 1700000000 - 2 * 86400);
    CHECK(json.at("target") == "file:///t");
    CHECK(json.at("name") == "demo");
    CHECK(json.at("force") == true);
    CHECK(json.at("include_last_chain") == false);
    CHECK(json.at("allow_future") == false);
    CHECK(json.at("lifetime") == "attached");
}

TEST_CASE("counts of full backups and the options of a removal reach their members")
{
    const auto whole = proto::write_message(ctl::remove_all_but_n_full_params(
        parsed({"remove-all-but-n-full", "3", "file:///t", "--include-last-chain", "--detach"}),
        here));
    CHECK(whole.at("count") == 3);
    CHECK(whole.at("force") == false);
    CHECK(whole.at("include_last_chain") == true);
    CHECK(whole.at("lifetime") == "detached");
    const auto increments = proto::write_message(ctl::remove_increments_params(
        parsed({"remove-all-inc-of-but-n-full", "1", "file:///t", "--allow-future"}), here));
    CHECK(increments.at("count") == 1);
    CHECK(increments.at("allow_future") == true);
    const auto cleanup = proto::write_message(
        ctl::cleanup_params(parsed({"cleanup", "file:///t", "--extra-clean", "--force"}), here));
    CHECK(cleanup.at("extra_clean") == true);
    CHECK(cleanup.at("force") == true);
}

TEST_CASE("each rule of a policy reaches its member, and a policy needs one")
{
    const auto json =
        prune_json({"--keep-last", "1", "--keep-hourly", "2", "--keep-daily", "3", "--keep-weekly",
                    "4", "--keep-monthly", "5", "--keep-yearly", "6", "--keep-within", "1Y2D"});
    int number = 1;
    for (const auto* const name :
         {"keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"}) {
        CAPTURE(name);
        CHECK(json.at(name) == number++);
    }
    CHECK(json.at("keep_within") == 367 * 86400);
    CHECK_FALSE(prune_json({"--keep-last", "1"}).contains("keep_within"));
}

TEST_CASE("what makes no sense in a removal is a usage error")
{
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{},
                                               {"--keep-last", "0"},
                                               {"--keep-last", "many"},
                                               {"--keep-within", "now"},
                                               {"--keep-within", "1700000000"},
                                               {"--keep-within", "2024-01-01"},
                                               {"--keep-within", "D3"}}) {
        CAPTURE(words.size());
        CHECK_THROWS_AS(prune_json(words), ctl::Failure);
    }
    for (const auto* const count : {"0", "x", "", "2 "}) {
        CAPTURE(count);
        CHECK_THROWS_AS(static_cast<void>(ctl::remove_increments_params(
                            parsed({"remove-all-inc-of-but-n-full", count, "file:///t"}), here)),
                        ctl::Failure);
    }
    // duplicity has this option for cleanup only.
    CHECK_THROWS_AS(parsed({"prune", "file:///t", "--extra-clean"}), ctl::Failure);
}

TEST_CASE("a removal that is only looked at tells what would go, what stays and why")
{
    use_utc();
    proto::RemovalReport report;
    proto::JudgedChain old;
    old.first = full_at(1704067200);
    old.last = {proto::SetType::incremental, 1704067200, 1704153600};
    old.sets = 2;
    old.fate = proto::ChainFate::goes;
    old.files = 2;
    old.bytes = 2048;
    proto::JudgedChain kept;
    kept.first = kept.last = full_at(1704240000);
    kept.sets = 1;
    kept.fate = proto::ChainFate::stays;
    kept.reasons = {{proto::KeepRule::daily, 1, 1704240000}, {proto::KeepRule::newest_chain, 0, 0}};
    kept.goes_after_full = true;
    report.chains = {old, kept};
    report.needed = {full_at(1704240000)};
    report.parts = {{full_at(1700000000), proto::RemovalCause::left_over, 1, 7},
                    {full_at(1704067200), proto::RemovalCause::chain, 2, 2048}};
    report.files = {{"left.over", 7}, {"a", 1024}, {"b", 1024}};
    report.files_count = 3;
    report.bytes = 2055;
    CHECK(show::removal_report(report) ==
          "Would remove 1 chain:\n"
          "  Mon Jan  1 00:00:00 2024 to Tue Jan  2 00:00:00 2024, 2 sets: 2 files, 2.00 KB\n"
          "Would remove the full set of Tue Nov 14 22:13:20 2023 (left by an earlier removal): "
          "1 file, 7 bytes\n"
          "  left.over\n"
          "Old sets that stay because newer ones need them:\n"
          "  the full set of Wed Jan  3 00:00:00 2024\n"
          "What stays:\n"
          "  Wed Jan  3 00:00:00 2024, 1 set: daily (1 set), the newest chain\n"
          "    would be removed once there is another full backup\n"
          "Nothing was deleted. With --force, these go: 3 files, 2.01 KB.\n");
    report.removed = true;
    const auto text = show::removal_report(report);
    CHECK(text.starts_with("Removed 1 chain:\n"));
    CHECK(text.ends_with("Deleted 3 files, 2.01 KB.\n"));
}

TEST_CASE("names of files cannot steer a terminal, and lists that were cut are no trouble")
{
    proto::RemovalReport report;
    report.parts = {{full_at(1704067200), proto::RemovalCause::incomplete, 3, 9},
                    {full_at(1704153600), proto::RemovalCause::orphaned, 2, 9}};
    report.files = {{"\x1b[2J", 3}, {"b", 3}};
    report.ignored = {"x\ny"};
    const auto text = show::removal_report(report);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("x\\x0ay") != std::string::npos);
    CHECK(text.find("(without a chain): 2 files") != std::string::npos);
    CHECK(show::removal_report({}) == "There is nothing to remove.\n");
}
