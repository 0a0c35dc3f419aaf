// With a stand-in for secret-tool, for what a key ring rarely says; a real one is asked in
// tests/daemon/key_ring_test.py.

#include "daemon/jobs/key_ring.hpp"
#include "daemon/jobs/loader.hpp"
#include "daemon/jobs/validation.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/stat.h>

using namespace duplid;

namespace {

/// A PATH with nothing but a secret-tool that runs these words of a shell.
class Tool {
public:
    explicit Tool(const std::string& words) : before_{std::getenv("PATH")}
    {
        const auto path = directory_.path() + "/secret-tool";
        if (!words.empty()) {
            std::ofstream{path} << "#!/bin/sh\n" << words << "\n";
            REQUIRE(::chmod(path.c_str(), 0755) == 0);
        }
        ::setenv("PATH", directory_.path().c_str(), 1);
    }
    Tool(const Tool&) = delete;
    Tool& operator=(const Tool&) = delete;
    ~Tool() { ::setenv("PATH", before_.c_str(), 1); }

private:
    io::TempDirectory directory_;
    std::string before_;
};

Error refusal()
{
    try {
        static_cast<void>(jobs::from_key_ring("home", {}));
    } catch (const Error& error) {
        return error;
    }
    FAIL("it was not refused");
    return Error{Error::Kind::internal, ""};
}

jobs::Job job_of(const std::string& members)
{
    return jobs::job_from(
        jobs::Document{R"({"source": "/home", "encryption": false, )" + members + "}", "f"}, "home",
        nullptr);
}

}  // namespace

TEST_CASE("a key ring is asked for what duplid keeps there under a name")
{
    const Tool tool{R"([ "$*" = "lookup application duplid name home" ] && printf geheim)"};
    CHECK(jobs::from_key_ring("home", {}).reveal() == "geheim");
}

TEST_CASE(
    "a name that the key ring does not know, and a key ring that does not open, are two things")
{
    {
        const Tool tool{"exit 1"};
        CHECK(refusal().kind() == Error::Kind::not_found);
        CHECK(refusal().hint().find("duplictl secret-store home") != std::string::npos);
    }
    {
        const Tool tool{"echo 'secret-tool: Cannot autolaunch D-Bus' >&2; exit 1"};
        CHECK(refusal().kind() == Error::Kind::wrong_secret);
        CHECK(refusal().hint().find("autolaunch") != std::string::npos);
    }
    {
        const Tool tool{"exit 0"};
        CHECK(refusal().kind() == Error::Kind::wrong_secret);
    }
    const Tool none{""};
    CHECK(refusal().kind() == Error::Kind::not_found);
    CHECK(refusal().hint().find("libsecret-tools") != std::string::npos);
}

TEST_CASE("the system's instance refuses key rings, wherever a job names one")
{
    for (const auto* const members :
         {R"("target": "file:///t", "secrets": {"passphrase": {"keyring": "home"}})",
          R"("target": "file:///t", "secrets": {"sign_passphrase": {"keyring": "home"}})",
          R"("target": "ftp://u@h/t", "secrets": {"target_password": {"keyring": "home"}})",
          R"("target": "ftp://u@h/t",
             "secrets": {"variables": [{"name": "FTP_PASSWORD", "keyring": "home"}]})",
          R"("targets": [{"name": "a", "url": "ftp://u@h/t",
                          "secrets": {"target_password": {"keyring": "home"}}}])"}) {
        CAPTURE(members);
        const auto job = job_of(members);
        CHECK_NOTHROW(jobs::check_key_rings_fit(job, false));
        CHECK_THROWS_AS(jobs::check_key_rings_fit(job, true), Error);
    }
    CHECK_NOTHROW(jobs::check_key_rings_fit(
        job_of(R"("target": "file:///t", "secrets": {"passphrase": {"file": "/p"}})"), true));
}
