#include "daemon/agenda/metrics.hpp"
#include "daemon/agenda/task_figures.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace duplid;
using namespace duplid::daemon;

namespace {

proto::RunShowReply backup(proto::SetType type, std::optional<std::int64_t> start,
                           std::int64_t time)
{
    proto::RunShowReply run;
    run.run.started_at = time;
    run.run.ended_at = time + 7;
    run.backup.emplace();
    run.backup->set = {type, start, time};
    run.backup->statistics.source_files = 3;
    return run;
}

constexpr auto full = proto::SetType::full;
constexpr auto incremental = proto::SetType::incremental;

std::optional<std::uint64_t> chain(const TaskFigures& figures)
{
    return figures.backup->chain_sets;
}

}  // namespace

TEST_CASE("the length of a chain is known as long as nobody else adds to it")
{
    auto figures = after_run({}, backup(full, {}, 100));
    CHECK(chain(figures) == 1);
    figures = after_run(figures, backup(incremental, 100, 200));
    CHECK(chain(figures) == 2);
    // Nothing had changed: the set is the one before.
    figures = after_run(figures, backup(incremental, 100, 200));
    CHECK(chain(figures) == 2);
    // Another program's set came in between.
    figures = after_run(figures, backup(incremental, 250, 300));
    CHECK_FALSE(chain(figures));
    figures = after_run(figures, backup(incremental, 300, 400));
    CHECK_FALSE(chain(figures));
    figures = after_run(figures, backup(full, {}, 500));
    CHECK(chain(figures) == 1);
    CHECK_FALSE(chain(after_run({}, backup(incremental, 100, 200))));
}

TEST_CASE("a run that failed changes what it took, and not what the last good one found")
{
    const auto before = after_run({}, backup(full, {}, 100));
    CHECK(before.seconds == 7);
    proto::RunShowReply failed;
    failed.run.queued_at = 50;
    failed.run.ended_at = 40;  // a clock that was set back
    failed.run.warnings = 2;
    const auto after = after_run(before, failed);
    CHECK(after.seconds == 0);
    CHECK(after.warnings == 2);
    REQUIRE(after.backup);
    CHECK(after.backup->files == 3);
}

TEST_CASE("names that nobody expects cannot break out of a label")
{
    InstanceMetrics metrics;
    metrics.jobs.emplace_back();
    metrics.jobs[0].job.job = "a\"b\\c\nd\xff";
    metrics.jobs[0].job.state = proto::JobState::broken;
    const auto text = metrics_text(metrics);
    CHECK(text.find("duplid_job_problems{job=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 0\n") !=
          std::string::npos);
}
