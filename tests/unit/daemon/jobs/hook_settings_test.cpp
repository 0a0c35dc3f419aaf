// What a job's hooks and notices mean, and what is shown of them.

#include "daemon/jobs/hook_settings.hpp"
#include "daemon/jobs/job.hpp"
#include "daemon/jobs/validation.hpp"
#include "proto/reader.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace duplid;
using namespace std::chrono_literals;

namespace {

jobs::Job job_of(const char* text)
{
    return proto::read_message<jobs::Job>(proto::Json::parse(text), proto::Strictness::request);
}

}  // namespace

TEST_CASE("hooks are around backups, or around what their tasks say")
{
    CHECK_FALSE(job_of("{}").hooks.concern("backup"));
    const auto usual = job_of(R"({"hooks": {"after": [{"command": ["a"]}]}})");
    CHECK(usual.hooks.concern("backup"));
    CHECK_FALSE(usual.hooks.concern("verify"));
    const auto other =
        job_of(R"({"hooks": {"tasks": ["verify"], "before": [{"command": ["a", "b c"]}]}})");
    CHECK_FALSE(other.hooks.concern("backup"));
    CHECK(other.hooks.concern("verify"));
    CHECK(other.hooks.before.at(0).command == std::vector<std::string>{"a", "b c"});
}

TEST_CASE("a hook may take ten minutes unless it says how long")
{
    jobs::HookCommand hook;
    CHECK(hook.time_max() == 10min);
    hook.time_limit = "1h 30s";
    CHECK(hook.time_max() == 3630s);
    for (const auto* const wrong : {"0", "-1s", "soon", "20y", "1ms"}) {
        CAPTURE(wrong);
        hook.time_limit = wrong;
        CHECK_THROWS_AS(static_cast<void>(hook.time_max()), Error);
    }
}

TEST_CASE("who says nothing of notices hears of failures and age in the log")
{
    const auto notices = jobs::notices_of(job_of("{}"));
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].journal);
    CHECK(notices[0].wanted() == jobs::NoticeWhen::failures);
    const auto job = job_of(R"({"notify": [{"webhook": {"url": "https://h/x"}}, {"when": "never"},
                                           {"command": ["mail"]}]})");
    CHECK(jobs::notices_of(job).size() == 3);
    CHECK(job.notify[0].wanted() == jobs::NoticeWhen::always);
    CHECK(job.notify[1].wanted() == jobs::NoticeWhen::never);
    CHECK(job.notify[2].wanted() == jobs::NoticeWhen::failures);
    CHECK_NOTHROW(jobs::check_hooks(job));
}

TEST_CASE("the system's daemon takes names and executes nothing, a user's takes programs")
{
    struct Row {
        const char* text;
        bool fits_system;
        bool fits_user;
    };
    for (const auto& row :
         {Row{R"({"hooks": {"before": [{"command": ["a"]}]}})", false, true},
          Row{R"({"hooks": {"finally": [{"name": "a"}]}})", true, false},
          Row{R"({"notify": [{"command": ["a"]}]})", false, true},
          Row{R"({"notify": [{"name": "a"}]})", true, false},
          Row{R"({"notify": [{"webhook": {"fail": {"command": ["pass"]}}}]})", false, true},
          Row{R"({"notify": [{"webhook": {"fail": {"program": "pass"}}}]})", true, false},
          Row{R"({"secrets": {"passphrase": {"command": ["pass"]}}})", false, true},
          Row{R"({"secrets": {"passphrase": {"program": "pass"}}})", true, false},
          Row{R"({"secrets": {"variables": [{"name": "AWS_SECRET_ACCESS_KEY",
              "command": ["pass"]}]}})",
              false, true},
          Row{R"({"targets": [{"name": "a", "url": "file:///a",
              "secrets": {"target_password": {"program": "pass"}}}]})",
              true, false},
          Row{R"({"notify": [{"webhook": {"url": "https://h"}, "journal": true}]})", true, true}}) {
        CAPTURE(row.text);
        const auto job = job_of(row.text);
        const auto fits = [&job](bool takes_names) {
            try {
                jobs::check_hooks_fit(job, takes_names);
                jobs::check_secrets_fit(job, takes_names);
                return true;
            } catch (const Error& error) {
                CHECK_FALSE(error.object().empty());
                return false;
            }
        };
        CHECK(fits(true) == row.fits_system);
        CHECK(fits(false) == row.fits_user);
    }
}

TEST_CASE("what is shown of a webhook is where it leads, and nothing by which it can be called")
{
    auto settings = proto::Json::parse(R"({"priority": 1, "notify": [
        {"journal": true},
        {"webhook": {"url": "https://hc-ping.com/geheim", "method": "get"}},
        {"webhook": {"start": {"url": "http://me:geheim@h:8080/a?geheim"},
                     "fail": {"url": "https://host?geheim"}, "success": {"file": "/secret"}}},
        {"webhook": {"url": "https://bare.example"}}, {"webhook": 5}, "text"]})");
    jobs::mask_webhooks(settings);
    CHECK(settings == proto::Json::parse(R"({"priority": 1, "notify": [
        {"journal": true},
        {"webhook": {"url": "https://hc-ping.com/...", "method": "get"}},
        {"webhook": {"start": {"url": "http://h:8080/..."}, "fail": {"url": "https://host/..."},
                     "success": {"file": "/secret"}}},
        {"webhook": {"url": "https://bare.example"}}, {"webhook": 5}, "text"]})"));
    auto none = proto::Json::parse(R"({"notify": {"webhook": {"url": "https://h/x"}}})");
    CHECK_NOTHROW(jobs::mask_webhooks(none));
}

TEST_CASE("variables that hold URLs are known, to be taken out of the daemon's environment")
{
    const auto job = job_of(R"({"notify": [{"webhook": {"env": "A", "fail": {"env": "B"}}},
                                           {"webhook": {"start": {"env": "C"}}}]})");
    CHECK(jobs::webhook_environment_names(job) == std::vector<std::string>{"A", "B", "C"});
}
