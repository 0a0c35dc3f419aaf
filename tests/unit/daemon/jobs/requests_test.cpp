#include "daemon/jobs/amounts.hpp"
#include "daemon/jobs/loader.hpp"
#include "daemon/jobs/plans.hpp"
#include "daemon/jobs/requests.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

using namespace duplid;

namespace {

constexpr std::int64_t now = 2'000'000'000;
constexpr std::int64_t day = 86'400;

jobs::Job job_of(const std::string& members)
{
    return jobs::job_from(
        jobs::Document{R"({"source": "/home", "target": "sftp://nas/home", "encryption": false, )" +
                           members + "}",
                       "f"},
        "home", nullptr);
}

}  // namespace

TEST_CASE("a job is the request that somebody would have typed")
{
    const auto job = job_of(R"("volsize": "25M", "full_if_older_than": "30D", "concurrency": 3,
        "select": [{"exclude": "/home/a"}, {"exclude_caches": true}, {"exclude_if_present": ".no"},
                   {"exclude_larger_than": "2G"}, {"exclude_older_than": "10D"}])");
    const auto request = jobs::backup_request(job, now);
    CHECK(request.source == "/home");
    CHECK(request.archive.target == "sftp://nas/home");
    CHECK_FALSE(request.archive.encryption);
    CHECK(request.lifetime == proto::Lifetime::detached);
    CHECK(request.volsize_bytes == 25U << 20U);
    CHECK(request.concurrency == 3);
    CHECK(request.full_if_older_than == now - 30 * day);
    REQUIRE(request.rules.size() == 5);
    CHECK(request.rules[0].kind == "exclude");
    CHECK(request.rules[0].value == "/home/a");
    CHECK(request.rules[1].kind == "exclude-caches");
    CHECK(request.rules[2].kind == "exclude-if-present");
    CHECK(request.rules[3].bytes == std::uint64_t{2} << 30U);
    CHECK(request.rules[4].time == now - 10 * day);
}

TEST_CASE("commands are those of the request, and what they make is not missed by verify")
{
    const auto job = job_of(R"("verify": {"with_source": true}, "commands": [
        {"path": "a.sql", "command": ["dump", "a"]},
        {"path": "b/c.sql", "program": "dump-b", "time_limit": "90min", "mode": "0640"}])");
    const auto request = jobs::backup_request(job, now);
    REQUIRE(request.commands.size() == 2);
    CHECK(request.commands[0].path == "a.sql");
    CHECK(request.commands[0].command == std::vector<std::string>{"dump", "a"});
    CHECK(request.commands[0].time_limit_seconds == day);
    CHECK(request.commands[0].mode == 0600);
    CHECK(request.commands[1].program == "dump-b");
    CHECK(request.commands[1].time_limit_seconds == 90 * 60);
    CHECK(request.commands[1].mode == 0640);
    CHECK(jobs::verify_request(job, now).made == std::vector<std::string>{"a.sql", "b/c.sql"});
    CHECK(jobs::verify_request(job_of(R"("commands": [{"path": "a", "command": ["b"]}])"), now)
              .made.empty());
}

TEST_CASE("retention becomes removals that delete, the coarse ones first")
{
    const auto job = job_of(R"("retention": {"older_than": "2w", "keep_full": 3, "keep_daily": 7,
        "keep_within": "3d", "cleanup": true})");
    const auto steps = jobs::removals(job, now);
    REQUIRE(steps.size() == 4);
    const auto& older = std::get<proto::RemoveOlderThanParams>(steps[0]);
    CHECK(older.time == now - 14 * day);
    CHECK(older.force);
    CHECK(older.archive.target == "sftp://nas/home");
    CHECK(std::get<proto::RemoveAllButNFullParams>(steps[1]).count == 3);
    const auto& policy = std::get<proto::PruneParams>(steps[2]);
    CHECK(policy.keep_daily == 7);
    CHECK(policy.keep_within == 3 * day);
    CHECK(std::get<proto::CleanupParams>(steps[3]).force);
    CHECK(jobs::removals(job_of(R"("priority": 1)"), now).empty());
}

TEST_CASE("schedule and conditions are what the scheduler takes")
{
    const auto job = job_of(R"("schedule": {"calendar": ["daily", "Mon 12:00"], "every": "6h",
        "random_delay": "90", "catch_up": false}, "stale_after": "3d",
        "conditions": {"target": true, "battery": 40, "hours": ["22:00..06:00"]},
        "check": {"sample": "5%", "schedule": {"calendar": ["weekly"]}})");
    const auto plan = jobs::plan_of_backup(job);
    CHECK(plan.calendars.size() == 2);
    CHECK(plan.every == schedule::Span{std::chrono::hours{6}});
    CHECK(plan.random_delay == schedule::Span{std::chrono::seconds{90}});
    CHECK_FALSE(plan.catch_up);
    CHECK(plan.stale_after == schedule::Span{std::chrono::hours{72}});
    CHECK(jobs::plan_of_check(job).calendars.size() == 1);
    CHECK_FALSE(jobs::plan_of_check(job).stale_after);
    const auto conditions = jobs::conditions_of(job);
    CHECK(conditions.target == "nas");
    CHECK(conditions.battery_percent_min == 40);
    CHECK(conditions.hours.size() == 1);
    CHECK(jobs::fingerprint_of(job.schedule) !=
          jobs::fingerprint_of(job_of(R"("schedule": {"every": "6h"})").schedule));
}

TEST_CASE("amounts are read as people write them")
{
    struct Row {
        const char* text;
        std::int64_t seconds;
    };
    for (const auto& row : {Row{"90", 90}, Row{"2h 30min", 9000}, Row{"30D", 30 * day},
                            Row{"1W", 7 * day}, Row{"1w", 7 * day}, Row{"1M", 2'629'800}}) {
        CAPTURE(row.text);
        CHECK(jobs::seconds_from(row.text, "x") == row.seconds);
    }
    CHECK(jobs::bytes_from("0", "x") == 0);
    CHECK(jobs::bytes_from("3K", "x") == 3072);
    for (const auto* const text :
         {"", "M", "-1", "1.5M", "1MB", "99999999999999999999", "99999999T"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(static_cast<void>(jobs::bytes_from(text, "x")), Error);
    }
}
