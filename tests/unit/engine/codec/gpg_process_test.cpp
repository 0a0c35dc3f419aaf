// The child is a shell script that stands in for gpg, so that it can behave as no gpg would.
#include "engine/codec/gpg_process.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

class Script {
public:
    explicit Script(const std::string& lines)
    {
        io::replace_file(path(), io::view_of("#!/bin/sh\n" + lines + "\n"), 0777);
    }
    [[nodiscard]] std::string path() const { return directory_.path() + "/program"; }
    [[nodiscard]] std::string file(const std::string& name) const
    {
        return directory_.path() + "/" + name;
    }
    [[nodiscard]] std::string text_of(const std::string& name) const
    {
        return std::string{io::text_of(io::read_file(file(name), 1'000'000))};
    }
    [[nodiscard]] GpgCommand command(std::string_view passphrase = "secret words") const
    {
        return {.program = path(),
                .arguments = {"--first", directory_.path()},
                .passphrase = io::Secret{passphrase},
                .stop = {}};
    }

private:
    io::TempDirectory directory_{"/tmp"};
};

// Never comes to an end by itself.
class EndlessSource final : public io::Source {
public:
    std::size_t read(io::ByteSpan into) override { return into.size(); }
};

}  // namespace

TEST_CASE("content passes a child whole, in both directions at once")
{
    const Script cat{"exec cat"};
    const auto content = sample(5'000'000);
    GpgProcess process{cat.command()};
    io::ViewSource source{content};
    io::MemorySink sink;
    process.run(source, sink);
    CHECK(process.has_succeeded());
    CHECK(sink.take() == content);
}

TEST_CASE("the passphrase comes through its pipe, one line of it, and is nowhere else")
{
    const Script nosy{"cat <&4 >$2/passphrase\n"
                      "tr '\\0' '\\n' </proc/$$/cmdline >$2/shown\n"
                      "tr '\\0' '\\n' </proc/$$/environ >>$2/shown\n"
                      "ls /proc/$$/fd >$2/open"};
    GpgProcess process{nosy.command("secret words\nsecond line")};
    io::MemorySink sink;
    process.finish(sink);
    REQUIRE(process.has_succeeded());
    CHECK(nosy.text_of("passphrase") == "secret words\n");
    CHECK(nosy.text_of("shown").find("secret") == std::string::npos);
    CHECK(nosy.text_of("shown").find("--first") != std::string::npos);
}

TEST_CASE("a child has its five descriptors and no other of ours")
{
    const auto stray = io::TempFile::unnamed("/tmp");
    const int leak = ::fcntl(stray.fd(), F_DUPFD, 20);  // not close-on-exec, as some of gpgme's are
    REQUIRE(leak >= 20);
    const Script lists{"for fd in /proc/$$/fd/*; do readlink $fd; done >$2/open || true"};
    GpgProcess process{lists.command()};
    io::MemorySink sink;
    process.finish(sink);
    ::close(leak);
    REQUIRE(process.has_succeeded());
    CHECK(lists.text_of("open").find("deleted") == std::string::npos);
}

TEST_CASE("statements and last words are taken, and the exit code counts")
{
    const Script speaks{"echo '[GNUPG:] END_ENCRYPTION' >&3\n"
                        "echo 'gpg: first' >&2\necho 'gpg: the reason' >&2\nexit 2"};
    GpgProcess process{speaks.command()};
    io::MemorySink sink;
    process.finish(sink);
    CHECK(process.said().encryption_ended);
    CHECK_FALSE(process.has_succeeded());
    CHECK_FALSE(process.was_killed());
    CHECK(process.last_words() == "the reason");
}

TEST_CASE("a child that reads nothing, or dies with the pipe full, ends the run")
{
    for (const auto* lines : {"exit 1", "head -c 100000 >/dev/null", "kill -9 $$"}) {
        CAPTURE(lines);
        const Script script{lines};
        GpgProcess process{script.command()};
        EndlessSource endless;
        io::MemorySink sink;
        process.run(endless, sink);
        CHECK(process.was_killed() == (std::string_view{lines} == "kill -9 $$"));
    }
}

TEST_CASE("a request to stop ends a wait for a child that says nothing")
{
    const Script waits{"exec sleep 1000"};
    std::stop_source stop;
    auto command = waits.command();
    command.stop = stop.get_token();
    GpgProcess process{command};
    std::jthread stopper{[&] { stop.request_stop(); }};
    io::MemorySink sink;
    CHECK(kind_of_failure([&] { process.finish(sink); }) == Error::Kind::cancelled);
}

TEST_CASE("a child that is not needed is gone with its owner, even one that will not listen")
{
    for (const auto* lines : {"echo $$ >$2/pid; exec sleep 1000",
                              "trap '' TERM; echo $$ >$2/pid; while :; do read x; done"}) {
        const Script script{lines};
        pid_t child = 0;
        {
            GpgProcess process{script.command()};
            while (::access(script.file("pid").c_str(), R_OK) != 0 ||
                   script.text_of("pid").empty()) {
                std::this_thread::yield();
            }
            child = std::stoi(script.text_of("pid"));
            REQUIRE(::kill(child, 0) == 0);
        }
        CHECK(::kill(child, 0) != 0);
    }
}

TEST_CASE("a program that cannot be started is named")
{
    try {
        const GpgProcess process{
            {.program = "/nonexistent/gpg", .arguments = {}, .passphrase = {}, .stop = {}}};
        FAIL("started");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::not_found);
        CHECK(error.object() == "/nonexistent/gpg");
    }
}
