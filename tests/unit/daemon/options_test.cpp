#include "daemon/options.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <vector>

using namespace duplid;

namespace {

daemon::Options parse(std::vector<const char*> arguments)
{
    return daemon::parse_options(arguments);
}

/// Sets the variables that name places, for one test.
class Environment {
public:
    Environment(const char* home, const char* runtime)
    {
        for (const auto* name : {"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
            ::unsetenv(name);
        }
        ::setenv("HOME", home, 1);
        if (runtime != nullptr) {
            ::setenv("XDG_RUNTIME_DIR", runtime, 1);
        }
    }
};

}  // namespace

TEST_CASE("a user's instance uses duplicity's own caches and the XDG places")
{
    const Environment environment{"/home/u", "/run/user/7"};
    auto options = parse({});
    CHECK(options.instance == proto::Instance::user);
    CHECK(options.places.cache_directory == "/home/u/.cache/duplicity");
    CHECK(options.places.state_directory == "/home/u/.local/state/duplid");
    CHECK(options.socket_path == "/run/user/7/duplid/control.sock");

    ::setenv("XDG_CACHE_HOME", "/c", 1);
    ::setenv("XDG_STATE_HOME", "relative", 1);  // to be ignored, says the specification
    options = parse({"--private"});
    CHECK(options.instance == proto::Instance::private_);
    CHECK(options.places.cache_directory == "/c/duplicity");
    CHECK(options.places.state_directory == "/home/u/.local/state/duplid");
}

TEST_CASE("without a runtime directory the socket is below the state directory")
{
    const Environment environment{"/home/u", nullptr};
    CHECK(parse({}).socket_path == "/home/u/.local/state/duplid/run/control.sock");
}

TEST_CASE("the system's instance has the system's places")
{
    const auto options = parse({"--system"});
    CHECK(options.instance == proto::Instance::system);
    CHECK(options.socket_path == "/run/duplid/control.sock");
    CHECK(options.places.state_directory == "/var/lib/duplid");
    CHECK(options.places.cache_directory == "/var/cache/duplid");
}

TEST_CASE("values follow an option or an equals sign")
{
    const auto options = parse({"--socket", "/s", "--state-dir=/t", "--control-fd=5"});
    CHECK(options.socket_path == "/s");
    CHECK(options.places.state_directory == "/t");
    CHECK(options.control_fd == 5);
}

TEST_CASE("arguments that make no sense are refused")
{
    for (const auto& arguments :
         std::vector<std::vector<const char*>>{{"--sockt", "/x"},
                                               {"word"},
                                               {"--socket"},
                                               {"--socket="},
                                               {"--private=yes"},
                                               {"--control-fd", "-1"},
                                               {"--control-fd", "3x"},
                                               {"--control-fd", "99999999999"},
                                               {"--socket", "relative"},
                                               {"--state-dir", "relative"}}) {
        CAPTURE(arguments.front());
        CHECK_THROWS_AS(parse(arguments), Error);
    }
    try {
        parse({"--sokcet", "/x"});
    } catch (const Error& error) {
        CHECK(error.hint() == "did you mean --socket?");
    }
}
