// Directories of configuration as people may leave them.

#include "daemon/jobs/loader.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace duplid;

namespace {

struct Scene {
    io::TempDirectory directory;
    jobs::Loader loader{directory.path(), nullptr};

    void write(const std::string& name, const std::string& text) const
    {
        const std::filesystem::path path{directory.path() + "/" + name};
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path} << text;
    }

    /// The one problem of a job with these members besides source and target.
    [[nodiscard]] jobs::Problem problem_with(const std::string& members) const
    {
        write("jobs.d/home.json", "{\n\"source\": \"/home\",\n\"target\": \"file:///t\",\n"
                                  "\"encryption\": false,\n" +
                                      members + "\n}\n");
        const auto configuration = loader.load();
        REQUIRE(configuration.problems.size() == 1);
        CHECK(configuration.problems.front().job == "home");
        CHECK_FALSE(configuration.jobs.at(0).job);
        return configuration.problems.front();
    }
};

constexpr const char* plain = R"({"source": "/home", "target": "file:///t", "encryption": false})";

}  // namespace

TEST_CASE("a directory that is not there holds no jobs and no problems")
{
    const jobs::Loader loader{"/nowhere/at/all", nullptr};
    const auto configuration = loader.load();
    CHECK(configuration.jobs.empty());
    CHECK(configuration.problems.empty());
    CHECK(configuration.settings);
}

TEST_CASE("what is wrong is told with its line, its column and what was meant")
{
    struct Row {
        const char* members;
        std::uint64_t column;  ///< all in line 5
        const char* cause;
        const char* hint;
    };
    const Scene scene;
    for (const auto& row : {
             Row{R"("volzise": "5M")", 1, "volzise", "volsize"},
             Row{R"(  "schedule": {"calender": ["daily"]})", 16, "calender", "calendar"},
             Row{R"("schedule": {"calendar": ["daily", "sometimes"]})", 36, "", ""},
             Row{R"("schedule": {"every": "soon"})", 14, "", ""},
             Row{R"("schedule": {"calendar": "daily"})", 14, "list", ""},
             Row{R"("volsize": "5 apples")", 1, "apples", "200M"},
             Row{R"("select": [{"exclude": "/a"}, {"exlude": "/b"}])", 32, "exlude", "exclude"},
             Row{R"("select": [{"exclude": "/a", "include": "/b"}])", 12, "one member", ""},
             Row{R"("retention": {"keep_daily": "seven"})", 15, "number", ""},
             Row{R"("retention": {"older_than": "old"})", 15, "", ""},
             Row{R"("conditions": {"hours": ["25:00..26:00"]})", 26, "", ""},
             Row{R"("conditions": {"path": "disk"})", 16, "absolute", ""},
             Row{R"("secrets": {"passphrase": {"file": "pw"}})", 28, "absolute", ""},
             Row{R"("secrets": {"passphrase": {"file": "/p", "env": "P"}})", 13, "one source", ""},
             Row{R"("secrets": {"passphrase": {"keyring": "p", "env": "P"}})", 13, "one source",
                 "keyring"},
             Row{R"("secrets": {"passphrase": {"keyring": "a b"}})", 28, "letters", ""},
             Row{R"("secrets": {"passphrase": {"env": "PASSPHRASE"}})", 28, "wipes", ""},
             Row{R"("secrets": {"passphrase": "geheim"})", 13, "object", ""},
             Row{R"("secrets": {"variables": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}]})",
                 61, "secret", "file"},
             Row{R"("secrets": {"variables": [{"name": "LD_PRELOAD", "value": "x"}]})", 28,
                 "no target", ""},
             Row{R"("verify": {"compare_data": true})", 12, "compare", "with_source"},
             Row{R"("passphrase": "geheim")", 1, "passphrase", ""},
             Row{R"("hooks": {"before": ["mount"]})", 22, "object", ""},
             Row{R"("hooks": {"befor": []})", 11, "befor", "before"},
             Row{R"("hooks": {"after": [{"command": ["a"], "name": "a"}]})", 21, "either", ""},
             Row{R"("hooks": {"failed": [{"time_limit": "1min"}]})", 22, "either", "command"},
             Row{R"("hooks": {"finally": [{"command": ["a"], "time_limit": "0"}]})", 42,
                 "time limit", "10min"},
             Row{R"("hooks": {"before": [{"name": "../evil"}]})", 23, "name", "/etc/duplid/hooks"},
             Row{R"("hooks": {"tasks": ["restore"]})", 11, "restore", "verify"},
             Row{R"("notify": [{"when": "sometimes"}])", 13, "never", ""},
             Row{R"("notify": [{"when": "always"}])", 12, "how to tell", "webhook"},
             Row{R"("notify": [{"webhook": {}}])", 13, "no URL", "file"},
             Row{R"("notify": [{"webhook": {"url": "ftp://geheim"}}])", 25, "https", ""},
             Row{R"("notify": [{"webhook": {"url": "https://geheim", "env": "U"}}])", 13,
                 "one source", ""},
             Row{R"("notify": [{"when": "stale", "webhook": {"start": {"file": "/u"}}}])", 42,
                 "starts", "always"},
             Row{R"("commands": [{"path": "a", "command": ["b"], "mode": "0999"}])", 46,
                 "not a mode", "0640"},
             Row{R"("commands": [{"path": "a", "command": ["b"], "time_limit": "0"}])", 46,
                 "time limit", "2h"},
             Row{R"("commands": [{"path": "a", "comand": ["b"]}])", 28, "comand", "command"},
             Row{R"("secrets": {"passphrase": {"program": "../x"}})", 28, "name",
                 "/etc/duplid/commands"},
             Row{R"("secrets": {"passphrase": {"program": "x", "file": "/x"}})", 13, "one source",
                 "program"},
             Row{R"("include": ["nowhere.json"])", 13, "nowhere.json", ""},
         }) {
        CAPTURE(row.members);
        const auto problem = scene.problem_with(row.members);
        CAPTURE(problem.cause);
        CHECK(problem.file == scene.directory.path() + "/jobs.d/home.json");
        CHECK(problem.line == 5);
        CHECK(problem.column == row.column);
        CHECK(problem.cause.find(row.cause) != std::string::npos);
        CHECK(problem.hint.find(row.hint) != std::string::npos);
        // Nothing that may be a secret goes into logs.
        CHECK(problem.cause.find("geheim") == std::string::npos);
    }
}

TEST_CASE("what every job needs is missed")
{
    struct Row {
        const char* text;
        const char* cause;
    };
    const Scene scene;
    for (const auto& row :
         {Row{R"({"target": "file:///t"})", "source"}, Row{R"({"source": "/a"})", "target"},
          Row{R"({"source": "a", "target": "file:///t", "encryption": false})", "absolute"},
          Row{R"({"source": "/a", "target": "/t", "encryption": false})", "URL"},
          Row{R"({"source": "/a", "target": "ftp://u:pw@h/t", "encryption": false})", "password"},
          Row{R"({"source": "/a", "target": "file:///t"})", "encrypted"}}) {
        CAPTURE(row.text);
        scene.write("jobs.d/home.json", row.text);
        const auto configuration = scene.loader.load();
        REQUIRE(configuration.problems.size() == 1);
        CHECK(configuration.problems.front().cause.find(row.cause) != std::string::npos);
        CHECK(configuration.problems.front().cause.find("pw") == std::string::npos);
    }
}

TEST_CASE("a broken file disturbs no other job")
{
    const Scene scene;
    scene.write("jobs.d/a.json", plain);
    scene.write("jobs.d/b.json", "{ this is not JSON");
    scene.write("jobs.d/c.json", plain);
    scene.write("jobs.d/.d.json.swp", "not a job's file");
    scene.write("jobs.d/e.json.example", "neither");
    scene.write("jobs.d/no name.json", plain);
    const auto configuration = scene.loader.load();
    REQUIRE(configuration.jobs.size() == 4);
    CHECK(configuration.jobs[0].job);
    CHECK_FALSE(configuration.jobs[1].job);
    CHECK(configuration.jobs[2].job);
    CHECK_FALSE(configuration.jobs[3].job);
    CHECK(configuration.problems.size() == 2);
}

TEST_CASE("defaults, included files, the job's own and its drop-ins are laid over each other")
{
    const Scene scene;
    scene.write("duplid.json", R"({"running_max": 2,
 "defaults": {"volsize": "10M", "encryption": false, "full_if_older_than": "1M", "schedule": {"every": "1d", "catch_up": false}}})");
    scene.write("shared/rules.json", R"({"select": [{"exclude": "**/.cache"}], "volsize": "20M"})");
    scene.write("jobs.d/home.json", R"({"include": ["../shared/rules.json"], "source": "/home",
 "target": "file:///t", "schedule": {"random_delay": "1h"}, "full_if_older_than": null})");
    scene.write("jobs.d/home.d/10-first.json", R"({"volsize": "30M", "priority": 5})");
    scene.write("jobs.d/home.d/20-second.json", R"({"volsize": "40M"})");
    const auto configuration = scene.loader.load();
    REQUIRE(configuration.settings);
    CHECK(configuration.settings->running_max == 2);
    REQUIRE(configuration.jobs.size() == 1);
    const auto& loaded = configuration.jobs.front();
    REQUIRE(loaded.job);
    CHECK(loaded.job->volsize == "40M");
    CHECK(loaded.job->priority == 5);
    CHECK(loaded.job->full_if_older_than.empty());
    CHECK(loaded.job->schedule.every == "1d");
    CHECK(loaded.job->schedule.random_delay == "1h");
    CHECK_FALSE(loaded.job->schedule.catch_up);
    CHECK(loaded.job->select.size() == 1);
    REQUIRE(loaded.files.size() == 5);
    CHECK(loaded.files.front().ends_with("duplid.json"));
    CHECK(loaded.files.back().ends_with("20-second.json"));
}

TEST_CASE("a mistake in a drop-in is told with the drop-in's name")
{
    const Scene scene;
    scene.write("jobs.d/home.json", plain);
    scene.write("jobs.d/home.d/x.json", "{\n \"priority\": \"high\"}");
    const auto configuration = scene.loader.load();
    REQUIRE(configuration.problems.size() == 1);
    CHECK(configuration.problems.front().file.ends_with("/home.d/x.json"));
    CHECK(configuration.problems.front().line == 2);
}

TEST_CASE("a mistake in the defaults is told once and breaks the jobs that build on them")
{
    const Scene scene;
    scene.write("duplid.json", "{\"defaults\": {\n\"volzise\": \"10M\"}}");
    scene.write("jobs.d/a.json", plain);
    scene.write("jobs.d/b.json", plain);
    const auto configuration = scene.loader.load();
    CHECK_FALSE(configuration.settings);
    REQUIRE(configuration.problems.size() == 1);
    CHECK(configuration.problems.front().file.ends_with("/duplid.json"));
    CHECK(configuration.problems.front().line == 2);
    for (const auto& loaded : configuration.jobs) {
        CHECK_FALSE(loaded.job);
        CHECK(loaded.problems.size() == 1);
    }
}

TEST_CASE("files that include each other are refused")
{
    const Scene scene;
    scene.write("jobs.d/a.json",
                R"({"include": ["../loop.json"], "source": "/a", "target": "file:///t"})");
    scene.write("loop.json", R"({"include": ["loop.json"]})");
    const auto configuration = scene.loader.load();
    REQUIRE(configuration.problems.size() == 1);
    CHECK(configuration.problems.front().cause.find("include each other") != std::string::npos);
}

TEST_CASE("a file to which everybody may write is not obeyed")
{
    const Scene scene;
    scene.write("jobs.d/a.json", plain);
    REQUIRE(::chmod((scene.directory.path() + "/jobs.d/a.json").c_str(), 0666) == 0);
    const auto configuration = scene.loader.load();
    REQUIRE(configuration.problems.size() == 1);
    CHECK(configuration.problems.front().hint.find("chmod") != std::string::npos);
}

TEST_CASE("what only the daemon can tell of a job is told where the job says it")
{
    const Scene scene;
    scene.write("jobs.d/a.json",
                "{\"source\": \"/a\", \"target\": \"file:///t\", \"encryption\": false,\n"
                " \"tempdir\": \"tmp\"}");
    const jobs::Loader loader{scene.directory.path(), [](const jobs::Job& job) {
                                  throw Error{Error::Kind::invalid, "must be absolute",
                                              job.request.archive.tempdir.empty() ? "" : "tempdir",
                                              "a hint"};
                              }};
    const auto problem = loader.load().problems.at(0);
    CHECK(problem.line == 2);
    CHECK(problem.column == 2);
    CHECK(problem.hint == "a hint");
}

TEST_CASE("a draft is judged in place of the file on the disk, which it leaves as it is")
{
    const Scene scene;
    scene.write("jobs.d/a.json", plain);
    const auto file = scene.loader.file_of("a");
    CHECK_FALSE(scene.loader.load_job("a", jobs::Draft{file, "{}"}).job);
    CHECK(scene.loader.load_job("a").job);
    CHECK(scene.loader.load_job("new", jobs::Draft{scene.loader.file_of("new"), plain}).job);
    CHECK_THROWS_AS(static_cast<void>(scene.loader.load_job("new")), Error);
}

TEST_CASE("the sample configuration that is shipped makes sense")
{
    const Scene scene;
    const std::filesystem::path samples{DUPLID_SAMPLES};
    std::filesystem::create_directories(scene.directory.path() + "/jobs.d");
    std::filesystem::copy(samples / "duplid.json", scene.directory.path() + "/duplid.json");
    std::filesystem::copy(samples / "jobs.d/home.json.example",
                          scene.directory.path() + "/jobs.d/home.json");
    const auto configuration = scene.loader.load();
    CHECK(configuration.problems.empty());
    REQUIRE(configuration.jobs.size() == 1);
    CHECK(configuration.jobs.front().job);
}

TEST_CASE("a drop-in with several targets takes the place of the one in the job's own file")
{
    const Scene scene;
    scene.write("jobs.d/home.json", plain);
    scene.write(
        "jobs.d/home.d/set.json",
        R"({"targets": [{"name": "a", "url": "file:///t"}, {"name": "b", "url": "file:///u"}]})");
    auto loaded = scene.loader.load_job("home");
    REQUIRE(loaded.job);
    CHECK(loaded.job->targets.size() == 2);
    CHECK(loaded.job->request.archive.target == "file:///t");
    // And back again, by a later one.
    scene.write("jobs.d/home.d/z.json", R"({"target": "file:///v"})");
    loaded = scene.loader.load_job("home");
    REQUIRE(loaded.job);
    CHECK(loaded.job->targets.empty());
    CHECK(loaded.job->request.archive.target == "file:///v");
    // Both in one file are a mistake.
    scene.write("jobs.d/home.d/z.json", R"({"target": "file:///v",
                                              "targets": [{"name": "a", "url": "file:///a"}]})");
    CHECK_FALSE(scene.loader.load_job("home").problems.empty());
}
