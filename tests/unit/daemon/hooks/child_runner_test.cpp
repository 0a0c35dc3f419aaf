// Hooks as real children: what they are given, and that none of them holds anybody up.

#include "daemon/hooks/child_runner.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace std::chrono_literals;

namespace {

struct Scene {
    std::stop_source stop;
    hooks::ChildRunner runner;
    std::vector<std::string> lines;

    hooks::Call call(const std::string& script, std::chrono::milliseconds time_max = 10min)
    {
        hooks::Call call;
        call.words = {"sh", "-c", script};
        call.time_max = time_max;
        call.tell = [this](std::string_view line) { lines.emplace_back(line); };
        return call;
    }

    int run(const std::string& script)
    {
        hooks::StopGrace grace{stop.get_token(), 0ms};
        return runner.run(call(script), grace);
    }

    /// The kind of error that it ends with.
    Error::Kind failure_of(const hooks::Call& wanted, std::chrono::milliseconds after_stop = 0ms)
    {
        hooks::StopGrace grace{stop.get_token(), after_stop};
        try {
            static_cast<void>(runner.run(wanted, grace));
        } catch (const Error& error) {
            return error.kind();
        }
        FAIL("it went well");
        return Error::Kind::internal;
    }
};

/// Takes what a command writes; full when it has so many bytes.
struct Taker final : io::Sink {
    std::string bytes;
    std::size_t bytes_max = std::string::npos;

    void write(io::ByteView more) override
    {
        bytes += io::text_of(more);
        if (bytes.size() > bytes_max) {
            throw Error{Error::Kind::no_space, "full"};
        }
    }
};

/// Not there, or dead and only waiting for its parent's attention, who is not us.
bool is_gone(const std::string& pid)
{
    std::ifstream file{"/proc/" + pid + "/stat"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto name_end = text.rfind(')');
    return name_end == std::string::npos || text.at(name_end + 2) == 'Z' ||
           text.at(name_end + 2) == 'X';
}

void wait_until_gone(const std::string& pid)
{
    while (!is_gone(pid)) {
        std::this_thread::sleep_for(1ms);
    }
}

}  // namespace

TEST_CASE("what it writes to either stream is told, and its status comes back")
{
    Scene scene;
    CHECK(scene.run("echo one; echo two >&2; exit 7") == 7);
    CHECK(scene.lines == std::vector<std::string>{"one", "two"});
    CHECK(scene.run("kill -KILL $$") == 128 + SIGKILL);
}

TEST_CASE("it stands in the root, leads a group, reads nothing, and has no descriptors of ours")
{
    Scene scene;
    const auto ours = ::dup(STDOUT_FILENO);
    // The listing itself has one descriptor open, for the directory.
    CHECK(scene.run("pwd; cat; ps -o pgid= -p $$ | tr -d ' '; echo $$; ls /proc/self/fd") == 0);
    ::close(ours);
    REQUIRE(scene.lines.size() >= 3);
    CHECK(scene.lines[0] == "/");
    CHECK(scene.lines[1] == scene.lines[2]);
    CHECK(std::vector<std::string>{scene.lines.begin() + 3, scene.lines.end()} ==
          std::vector<std::string>{"0", "1", "2", "3"});
}

TEST_CASE("signals that the daemon ignores end it as usual")
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGUSR1, SIG_IGN);
    Scene scene;
    CHECK(scene.run("kill -PIPE $$; exit 0") == 128 + SIGPIPE);
    CHECK(scene.run("kill -USR1 $$; exit 0") == 128 + SIGUSR1);
}

TEST_CASE("a program that is not there, or is none, is told as such")
{
    Scene scene;
    auto call = scene.call("");
    call.words = {"no-such-program-at-all"};
    CHECK(scene.failure_of(call) == Error::Kind::not_found);
    call.words = {"/no/such/program"};
    CHECK(scene.failure_of(call) == Error::Kind::not_found);
    call.words = {"/etc/passwd"};
    CHECK(scene.failure_of(call) == Error::Kind::denied);
}

TEST_CASE("one that hangs is ended with all that it started, also when it will not listen")
{
    for (const auto* const script :
         {"sleep 1000 & echo $!; wait", "trap '' TERM; sleep 1000 & echo $!; wait; wait"}) {
        CAPTURE(script);
        Scene scene;
        CHECK(scene.failure_of(scene.call(script, 200ms)) == Error::Kind::unreachable);
        REQUIRE(scene.lines.size() == 1);
        wait_until_gone(scene.lines[0]);
    }
}

TEST_CASE("what it leaves in the background lives on, and keeps nobody waiting")
{
    Scene scene;
    CHECK(scene.run("sleep 1000 & echo $!") == 0);
    REQUIRE(scene.lines.size() == 1);
    CHECK_FALSE(is_gone(scene.lines[0]));
    ::kill(std::stoi(scene.lines[0]), SIGKILL);
}

TEST_CASE("one that prints without end is heard in part, and ends")
{
    Scene scene;
    CHECK(scene.run("yes | head -c 100000000; exit 5") == 5);
    CHECK(scene.lines.size() < 2000);
    CHECK(scene.lines.back().find("left out") != std::string::npos);
}

TEST_CASE("a stop ends it at once, or when its grace is over, and none is started after it")
{
    for (const auto grace : {0ms, 200ms}) {
        CAPTURE(grace.count());
        Scene scene;
        auto call = scene.call("echo $$; exec sleep 1000");
        call.tell = [&scene](std::string_view line) {
            scene.lines.emplace_back(line);
            scene.stop.request_stop();
        };
        CHECK(scene.failure_of(call, grace) == Error::Kind::cancelled);
        REQUIRE(scene.lines.size() == 1);
        CHECK(is_gone(scene.lines[0]));
    }
    Scene scene;
    scene.stop.request_stop();
    CHECK(scene.failure_of(scene.call("echo here")) == Error::Kind::cancelled);
    CHECK(scene.lines.empty());
}

TEST_CASE("one that ends within the grace of a stop has ended well")
{
    Scene scene;
    scene.stop.request_stop();
    hooks::StopGrace grace{scene.stop.get_token(), 10min};
    CHECK(scene.runner.run(scene.call("echo here; exit 3"), grace) == 3);
    CHECK(scene.lines == std::vector<std::string>{"here"});
}

TEST_CASE("wanted output is taken byte by byte, and what is said beside it is told")
{
    Scene scene;
    Taker taker;
    std::string last;
    auto call =
        scene.call("printf 'a\\0b\\n\\377'; echo said >&2; head -c 3000000 /dev/zero; exit 3");
    call.output = &taker;
    call.last_words = &last;
    hooks::StopGrace grace{scene.stop.get_token(), 0ms};
    CHECK(scene.runner.run(call, grace) == 3);
    CHECK(scene.lines == std::vector<std::string>{"said"});
    CHECK(last == "said");
    call = scene.call("printf 'a\\0b\\n\\377'; echo said >&2; head -c 3000000 /dev/zero");
    taker.bytes.clear();
    call.output = &taker;
    CHECK(scene.runner.run(call, grace) == 0);
    CHECK(taker.bytes == std::string("a\0b\n\377", 5) + std::string(3'000'000, '\0'));
}

TEST_CASE("wanted output is read to its end, whoever writes it")
{
    Scene scene;
    Taker taker;
    // Dead and not reaped is what a command is that has ended: only then the rest comes.
    auto call = scene.call("(until grep -q ') Z' /proc/$$/stat; do :; done; printf rest) & "
                           "printf 'begin '");
    call.output = &taker;
    hooks::StopGrace grace{scene.stop.get_token(), 0ms};
    CHECK(scene.runner.run(call, grace) == 0);
    CHECK(taker.bytes == "begin rest");
}

TEST_CASE("output that does not end is waited for as long as the command may take")
{
    Scene scene;
    Taker taker;
    auto call = scene.call("sleep 1000 & echo $! >&2", 300ms);
    call.output = &taker;
    CHECK(scene.failure_of(call) == Error::Kind::unreachable);
    REQUIRE(scene.lines.size() == 1);
    wait_until_gone(scene.lines[0]);
}

TEST_CASE("who can take no more output ends the command")
{
    Scene scene;
    Taker taker;
    taker.bytes_max = 1'000'000;
    auto call = scene.call("echo $$ >&2; exec yes");
    call.output = &taker;
    CHECK(scene.failure_of(call) == Error::Kind::no_space);
    REQUIRE(scene.lines.size() == 1);
    CHECK(is_gone(scene.lines[0]));
}
