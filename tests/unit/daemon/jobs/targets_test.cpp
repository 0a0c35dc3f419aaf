#include "daemon/jobs/targets.hpp"

#include "daemon/jobs/loader.hpp"
#include "daemon/jobs/plans.hpp"
#include "daemon/jobs/requests.hpp"

#include <doctest/doctest.h>

using namespace duplid;

namespace {

jobs::Job job_of(const std::string& members)
{
    return jobs::job_from(
        jobs::Document{R"({"source": "/home", "encryption": false, )" + members + "}", "f"}, "home",
        nullptr);
}

/// What is wrong, and where.
jobs::Problem problem_of(const std::string& members)
{
    try {
        static_cast<void>(job_of(members));
    } catch (const jobs::ProblemError& error) {
        return error.problem();
    }
    FAIL("was taken");
    return {};
}

constexpr auto two = R"("timeout": 60, "use_scp": true, "s3_region_name": "eu-1", "name": "cache",
    "secrets": {"variables": [{"name": "AWS_ACCESS_KEY_ID", "value": "job"}]},
    "targets": [
        {"name": "usb", "url": "file:///media/usb/home"},
        {"name": "nas", "url": "sftp://nas/home", "timeout": 5, "use_scp": false, "ssh_options": "-p 2222",
         "secrets": {"target_password": {"file": "/etc/nas"},
                     "variables": [{"name": "FTP_PASSWORD", "env": "NAS"}]}}])";

}  // namespace

TEST_CASE("each target has the job's options, and its own where it says so")
{
    const auto job = job_of(two);
    CHECK(job.request.archive.target == "file:///media/usb/home");
    const auto targets = jobs::targets_of(job);
    REQUIRE(targets.size() == 2);
    CHECK(targets[0].name == "usb");
    CHECK(targets[0].archive.target == "file:///media/usb/home");
    CHECK(targets[0].archive.backend.timeout == 60);
    CHECK_FALSE(targets[0].archive.encryption);
    CHECK(targets[0].secrets.variables.size() == 1);
    CHECK_FALSE(targets[0].secrets.target_password.is_set());
    CHECK(targets[1].archive.target == "sftp://nas/home");
    CHECK(targets[1].archive.backend.timeout == 5);
    CHECK(targets[0].archive.backend.use_scp);
    CHECK_FALSE(targets[1].archive.backend.use_scp);  // also back to what is usual
    CHECK(targets[1].archive.backend.ssh_options == "-p 2222");
    CHECK(targets[1].archive.backend.s3_region_name == "eu-1");
    CHECK(targets[1].secrets.target_password.file == "/etc/nas");
    REQUIRE(targets[1].secrets.variables.size() == 2);
    CHECK(targets[1].secrets.environment_names() == std::vector<std::string>{"NAS"});
}

TEST_CASE("only what is said to be required is, and nothing else about that target changes")
{
    const auto job = job_of(R"("targets": [
        {"name": "a", "url": "file:///a"}, {"name": "b", "url": "file:///b", "required": true},
        {"name": "c", "url": "file:///c", "required": false}])");
    const auto targets = jobs::targets_of(job);
    CHECK_FALSE(targets[0].is_required);
    CHECK(targets[1].is_required);
    CHECK_FALSE(targets[2].is_required);
    CHECK(problem_of(R"("targets": [{"name": "a", "url": "file:///a", "required": 1}])")
              .cause.find("required") != std::string::npos);
}

TEST_CASE("one target and several are two ways to say one thing, of which the upper layer's counts")
{
    using Names = std::vector<std::string>;
    const auto replaced = [](const char* layer) {
        return jobs::members_replaced_by(proto::Json::parse(layer));
    };
    CHECK(replaced(R"({"targets": []})") == Names{"target", "target_b64"});
    CHECK(replaced(R"({"target": "file:///a"})") == Names{"targets"});
    CHECK(replaced(R"({"target_b64": "YQ=="})") == Names{"targets"});
    CHECK(replaced(R"({"target": null, "targets": null})").empty());
    CHECK(replaced(R"({"priority": 1})").empty());
    CHECK(replaced(R"({"target": "file:///a", "targets": []})").empty());
}

TEST_CASE("the first target has the job's cache, and each further one a cache of its own")
{
    const auto targets = jobs::targets_of(job_of(two));
    CHECK(targets[0].archive.name == "cache");
    CHECK(targets[1].archive.name == "cache-nas");
    const auto unnamed = jobs::targets_of(job_of(
        R"("targets": [{"name": "a", "url": "file:///a"}, {"name": "b", "url": "file:///b"}])"));
    CHECK(unnamed[1].archive.name.empty());  // derived from the URL, as by duplicity
}

TEST_CASE("a job with one of its targets alone is what verifies and removals are made of")
{
    const auto alone = jobs::with_target(job_of(two), 1);
    CHECK(alone.targets.empty());
    CHECK(jobs::verify_request(alone, 0).archive.target == "sftp://nas/home");
    CHECK(alone.secrets.target_password.file == "/etc/nas");
    const auto single = job_of(R"("target": "file:///a")");
    CHECK(jobs::targets_of(single).size() == 1);
    CHECK(jobs::with_target(single, 0).request.archive.target == "file:///a");
}

TEST_CASE("targets that make no sense are told with their place")
{
    struct Row {
        const char* members;
        const char* cause;
        std::uint64_t column;
    };
    const auto where = std::string{R"({"source": "/home", "encryption": false, )"}.size() + 1;
    for (
        const auto& row :
        {Row{R"("priority": 1)", "there is no \"target\"", 0},
         Row{R"("targets": [], "target": "file:///a", "targets": [])", "twice", 0},
         Row{R"("targets": [{"name": "a", "url": "file:///a"}], "target": "file:///b")",
             "exclude each other", where},
         Row{R"("targets": [{"name": "a b", "url": "file:///a"}])", "letters, digits", where + 13},
         Row{R"("targets": [{"url": "file:///a"}])", "missing", 0},
         Row{R"("targets": [{"name": "a", "url": "/a"}])", "no URL", 0},
         Row{R"("targets": [{"name": "a", "url": "ftp://me:secret@host/x"}])", "password", 0},
         Row{R"("targets": [{"name": "a", "url": "file:///a"}, {"name": "a", "url": "file:///b"}])",
             "two targets have this name", 0},
         Row{R"("targets": [{"name": "a", "url": "file:///a"}, {"name": "b", "url": "file:///a/"}])",
             "the same place", 0},
         Row{R"("targets": [{"name": "a", "url": "file:///a", "limit_up": 5}])", "run as a whole",
             0},
         Row{R"("targets": [{"name": "a", "url": "file:///a", "passphrase": "x"}])",
             "there is no setting \"passphrase\"", 0},
         Row{R"("targets": [{"name": "a", "url": "file:///a", "secrets": {"target_password":
                 {"file": "relative"}}}])",
             "absolute", 0},
         Row{R"("targets": [{"name": "a", "url": "file:///a"}], "conditions": {"target": true})",
             "does not wait for them", 0},
         Row{R"("targets": [{"name": "a", "url": "file:///a"}],
                 "secrets": {"target_password": {"file": "/p"}})",
             "no one password", 0}}) {
        CAPTURE(row.members);
        const auto problem = problem_of(row.members);
        CAPTURE(problem.cause);
        CHECK(problem.cause.find(row.cause) != std::string::npos);
        if (row.column > 0) {
            CHECK(problem.column == row.column);
        }
    }
}
