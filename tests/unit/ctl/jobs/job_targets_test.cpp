#include "ctl/jobs/job_targets.hpp"

#include "ctl/process/failure.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

using namespace duplid;
using nlohmann::json;

namespace {

ctl::CommandLine parsed(const std::vector<std::string>& words)
{
    return std::get<ctl::CommandLine>(ctl::parse_command_line(words));
}

json added(std::vector<std::string> words)
{
    words.insert(words.begin(), {"job", "add", "home", "/home"});
    return json::parse(ctl::new_targets(parsed(words), {.working_directory = "/here"}).dump());
}

json changed(const char* settings, std::vector<std::string> words)
{
    words.insert(words.begin(), {"job", "set", "home"});
    return ctl::changed_targets(json::parse(settings), parsed(words));
}

template <class Action>
int status_of(const Action& action)
{
    try {
        static_cast<void>(action());
    } catch (const ctl::Failure& failure) {
        return static_cast<int>(failure.error().exit_code());
    }
    return 0;
}

constexpr const char* two = R"({"source": "/home", "targets": [
    {"name": "nas", "url": "sftp://nas/home", "timeout": 5, "required": true},
    {"name": "usb", "url": "file:///usb"}]})";

}  // namespace

TEST_CASE("a new job's targets are those that are named, in their order")
{
    CHECK(added({}) == json::array());
    CHECK(added({"--target", "usb=file:///usb", "--target=nas=sftp://nas/x?a=b", "--required",
                 "nas", "--target-password-file", "nas=secret"}) ==
          json::parse(R"([{"name": "usb", "url": "file:///usb"},
                          {"name": "nas", "url": "sftp://nas/x?a=b", "required": true,
                           "secrets": {"target_password": {"file": "/here/secret"}}}])"));
}

TEST_CASE("a new job's targets are known before it is made, and each may be on a disk of its own")
{
    const auto targets = [](std::vector<std::string> words) {
        words.insert(words.begin(), {"job", "add", "home", "/home"});
        std::string text;
        for (const auto& [name, url] : ctl::typed_targets(parsed(words))) {
            text += name + "@" + url + " ";
        }
        return text;
    };
    CHECK(targets({}).empty());
    CHECK(targets({"file:///usb"}) == "@file:///usb ");
    CHECK(targets({"--target", "usb=file:///usb", "--target", "nas=sftp://nas/x?a=b"}) ==
          "usb@file:///usb nas@sftp://nas/x?a=b ");
    CHECK(added({"--target", "usb=file:///usb", "--filesystem", "usb=1234-ABCD"}) ==
          json::parse(R"([{"name": "usb", "url": "file:///usb", "filesystem": "1234-ABCD"}])"));
    CHECK(status_of([&] { return targets({"--target", "/usb"}); }) == 2);
}

TEST_CASE("targets without a name or a place, and marks for those that are not there, are refused")
{
    constexpr int usage = 2;
    constexpr int not_found = 10;
    for (const auto* const word :
         {"sftp://nas/home?x=y", "nas", "=file:///usb", "usb=", "usb=/media/usb"}) {
        CAPTURE(word);
        CHECK(status_of([&] { return added({"--target", word}); }) == usage);
    }
    const std::string usb{"usb=file:///usb"};
    CHECK(status_of([&] { return added({"--target", usb, "--required", "nas"}); }) == not_found);
    CHECK(status_of([&] { return added({"--required", "nas"}); }) == not_found);
    CHECK(status_of([&] {
              return added({"--target", usb, "--target-password-file", "/secret"});
          }) == usage);
}

TEST_CASE("targets of a job are added, moved, marked and taken away, and keep what else they say")
{
    CHECK(changed(two, {"--target", "cloud=s3://h/b/home"}).size() == 3);
    CHECK(changed(two,
                  {"--target", "nas=sftp://nas2/home", "--optional", "nas", "--required", "usb"}) ==
          json::parse(R"([{"name": "nas", "url": "sftp://nas2/home", "timeout": 5},
                          {"name": "usb", "url": "file:///usb", "required": true}])"));
    CHECK(changed(two, {"--target", "nas="}) ==
          json::parse(R"([{"name": "usb", "url": "file:///usb"}])"));
    CHECK(status_of([] { return changed(two, {"--target", "sub="}); }) == 10);
    // The last word counts.
    CHECK(changed(two, {"--required", "usb", "--optional", "usb"}) ==
          json::parse(two).at("targets"));
}

TEST_CASE("the one target that a job had is the first of several, and is never left out")
{
    constexpr const char* one = R"({"source": "/home", "target": "sftp://nas/home"})";
    const auto both =
        changed(one, {"--target", "usb=file:///usb", "--target", "nas=sftp://nas/home"});
    CHECK(both == json::parse(R"([{"name": "nas", "url": "sftp://nas/home"},
                                  {"name": "usb", "url": "file:///usb"}])"));
    CHECK(status_of([] { return changed(one, {"--target", "usb=file:///usb"}); }) == 2);
    CHECK(status_of([] { return changed(one, {"--required", "nas"}); }) == 10);
}
