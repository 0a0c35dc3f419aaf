// Jobs without archives: what is asked of the service, and what it tells to whom. Their runs are
// tested from outside (tests/daemon/jobs_test.py), the scheduler by itself.

#include "daemon/agenda/job_record.hpp"
#include "daemon/agenda/job_service.hpp"
#include "daemon/dispatcher.hpp"
#include "daemon/runs/history.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

using namespace duplid;

namespace {

/// A machine with everything but a way out.
class Cabin final : public schedule::Surroundings {
public:
    Power power() override { return {}; }
    bool network_up() override { return false; }
    std::optional<bool> metered() override { return std::nullopt; }
    std::optional<std::string> target_missing(const std::string&) override { return std::nullopt; }
    std::optional<std::string> disk_missing(const std::string&, const std::string&) override
    {
        return std::nullopt;
    }
};

struct Scene {
    io::TempDirectory directory;
    daemon::Loop loop;
    daemon::LoopMailbox mailbox{loop};
    daemon::Workshop workshop;
    daemon::Runs runs{mailbox, nullptr};
    Cabin machine;
    daemon::JobService jobs{{workshop, runs, nullptr, loop, machine, [] { return false; }},
                            directory.path()};

    Scene()
    {
        workshop.defaults.cache_directory = directory.path() + "/cache";
        workshop.defaults.state_directory = directory.path() + "/state";
    }

    void write(const std::string& name, const std::string& text) const
    {
        const std::filesystem::path path{directory.path() + "/jobs.d/" + name};
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path} << text;
    }
};

constexpr const char* needs_network =
    R"({"source": "/secret/place", "target": "file:///secret/target", "encryption": false,
        "schedule": {"every": "1d"}, "conditions": {"network": true}})";

}  // namespace

TEST_CASE("who may only watch learns no names of files and targets from jobs")
{
    Scene scene;
    scene.write("home.json", needs_network);
    scene.write("broken.json", R"({"secret": 5})");
    scene.write("several.json",
                R"({"source": "/secret/place", "encryption": false,
                    "targets": [{"name": "usb", "url": "file:///secret/usb"}]})");
    scene.jobs.begin();
    const auto all = daemon::visible_jobs(scene.jobs, daemon::Access::full);
    REQUIRE(all.size() == 3);
    REQUIRE(all[2].targets.size() == 1);
    CHECK(all[2].targets[0].target == "file:///secret/usb");
    CHECK(all[2].targets[0].state == proto::TargetState::unknown);
    CHECK(all[0].state == proto::JobState::broken);
    CHECK(all[0].reason.find("secret") != std::string::npos);
    CHECK(all[1].source == "/secret/place");
    CHECK(all[1].target == "file:///secret/target");

    for (const auto& job : daemon::visible_jobs(scene.jobs, daemon::Access::watch)) {
        CAPTURE(job.job);
        const auto text = proto::write_message(job).dump();
        CHECK(text.find("secret") == std::string::npos);
    }
}

TEST_CASE(
    "a job that is due waits for what it needs, starts nothing, and is paused with all others")
{
    Scene scene;
    scene.write("home.json", needs_network);
    scene.jobs.begin();
    auto job = scene.jobs.list().at(0);
    CHECK(job.state == proto::JobState::waiting);
    CHECK_FALSE(job.reason.empty());
    CHECK(scene.runs.queued() == 0);
    scene.jobs.pause("", std::nullopt);
    CHECK(scene.jobs.list().at(0).state == proto::JobState::paused);
    scene.jobs.resume("home");
    CHECK(scene.jobs.list().at(0).state == proto::JobState::waiting);
}

TEST_CASE("settings that make no sense are refused with their place, and nothing is written")
{
    Scene scene;
    scene.write("home.json", needs_network);
    scene.jobs.begin();
    proto::JobSetParams params;
    params.job = "home";
    params.settings = "{\"priority\":\n \"high\"}";
    try {
        static_cast<void>(scene.jobs.set(params));
        FAIL("it was taken");
    } catch (const proto::ProtocolError& error) {
        CHECK(error.error().kind == proto::ErrorKind::invalid);
        CHECK(error.error().cause.find("priority") != std::string::npos);
    }
    CHECK_FALSE(std::filesystem::exists(scene.directory.path() + "/jobs.d/home.d"));
    params.job = "hoem";
    CHECK_THROWS_AS(static_cast<void>(scene.jobs.set(params)), Error);
    params.job = "../home";
    params.create = true;
    CHECK_THROWS_AS(static_cast<void>(scene.jobs.set(params)), proto::ProtocolError);
}

TEST_CASE("a job whose file has gone is gone, and one whose file is broken stays as it was")
{
    Scene scene;
    scene.write("a.json", needs_network);
    scene.write("b.json", needs_network);
    scene.jobs.begin();
    std::filesystem::remove(scene.directory.path() + "/jobs.d/a.json");
    scene.write("b.json", "{");
    CHECK(scene.jobs.reload().problems.size() == 1);
    const auto jobs = scene.jobs.list();
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].job == "b");
    CHECK(jobs[0].state == proto::JobState::waiting);
    CHECK(jobs[0].problems == 1);
    CHECK_THROWS_AS(static_cast<void>(scene.jobs.show("a")), Error);
}

TEST_CASE("each of several targets has an age of its own, and its file says whether it is required")
{
    const Scene scene;
    scene.write("home.json", R"({"source": "/home", "encryption": false, "stale_after": "3d",
        "targets": [{"name": "nas", "url": "file:///nas", "required": true},
                    {"name": "usb", "url": "file:///usb"}, {"name": "new", "url": "file:///new"}]})");
    constexpr std::int64_t day = 86400;
    const auto now = std::chrono::floor<std::chrono::seconds>(daemon::Alarm::now());
    const auto seconds = now.time_since_epoch().count();
    const io::TempDirectory state;
    daemon::Loop loop;
    daemon::LoopMailbox mailbox{loop};
    {
        daemon::JobRecord record;
        record.past.last_success = schedule::Attempt{now, now, schedule::Result::success};
        proto::TargetStatus nas;
        nas.name = "nas";
        nas.target = "file:///nas";
        nas.state = proto::TargetState::good;
        nas.last_good = seconds - 2 * day;
        proto::TargetStatus usb;
        usb.name = "usb";
        usb.target = "file:///usb";
        usb.state = proto::TargetState::behind;
        usb.required = true;  // as its file had it once
        usb.last_good = seconds - 5 * day;
        record.targets = {nas, usb};
        daemon::History{state.path(), mailbox}.keep_job_state("home", daemon::text_of(record));
    }
    daemon::Workshop workshop;
    workshop.defaults.cache_directory = state.path() + "/cache";
    workshop.defaults.state_directory = state.path() + "/state";
    daemon::Runs runs{mailbox, nullptr};
    daemon::History history{state.path(), mailbox};
    Cabin machine;
    daemon::JobService jobs{{workshop, runs, &history, loop, machine, [] { return false; }},
                            scene.directory.path()};
    jobs.begin();
    const auto job = jobs.list().at(0);
    CHECK_FALSE(job.stale_since);
    REQUIRE(job.targets.size() == 3);
    CHECK(job.targets[0].required);
    CHECK_FALSE(job.targets[0].stale_since);
    CHECK_FALSE(job.targets[1].required);
    CHECK(job.targets[1].stale_since == seconds - 2 * day);
    CHECK(job.targets[2].state == proto::TargetState::unknown);
    CHECK_FALSE(job.targets[2].stale_since);
}
