// Method: small shell commands as the programs that are started. What must be cut short would last
// for hours.
#include "storage/remote/command/child.hpp"

#include "storage/io/temp_file.hpp"

#include <array>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace duplid;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;

command::Command shell(const std::string& script)
{
    return {.words = {"sh", "-c", script}};
}

template <typename Action>
Error failure_of(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

void make_program(const std::string& path, const std::string& script)
{
    std::ofstream{path} << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

struct CountingSink final : io::Sink {
    std::uint64_t bytes = 0;
    void write(io::ByteView view) override { bytes += view.size(); }
};

}  // namespace

TEST_CASE("what a program is given and says comes through, with its status")
{
    const auto done = command::run(shell("cat; echo worse >&2; exit 3"), patience, "hello");
    CHECK(done.output == "hello");
    CHECK(done.errors == "worse\n");
    CHECK(done.status == 3);
    CHECK(command::run(shell("kill -TERM $$"), patience).status == 128 + SIGTERM);
    // Signals that this process ignores end it as ever.
    CHECK(command::run(shell("kill -PIPE $$; echo alive"), patience).status == 128 + SIGPIPE);
}

TEST_CASE("words reach the program as they are, without a shell")
{
    const std::vector<std::string> words{"printf", "<%s>", "a b", "$HOME", "`id`",
                                         "*",      "-n",   "",    "\xff",  "line\nbreak"};
    CHECK(command::run({.words = words}, patience).output ==
          "<a b><$HOME><`id`><*><-n><><\xff><line\nbreak>");
}

TEST_CASE("the environment is exactly what was given")
{
    command::Command command{.words = {"env"}, .environment = {"B=2", "A=1 with = and blank"}};
    CHECK(command::run(command, patience).output == "B=2\nA=1 with = and blank\n");
    command.environment.clear();
    CHECK(command::run(command, patience).output.empty());
}

TEST_CASE("no descriptor but the three streams is passed on")
{
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const io::Fd read_end{ends[0]};
    const io::Fd write_end{ends[1]};
    // ls holds the listing itself open as 3.
    CHECK(command::run({.words = {"ls", "/proc/self/fd"}}, patience).output == "0\n1\n2\n3\n");
}

TEST_CASE("a program that is not there is named")
{
    auto error = failure_of([] { command::Child child{{.words = {"no-such-program"}}}; });
    CHECK(error.kind() == Error::Kind::not_found);
    CHECK(error.object() == "no-such-program");
    CHECK(error.detail() == "missing_program");
    error = failure_of([] { command::Child child{{.words = {"/no/such/program"}}}; });
    CHECK(error.kind() == Error::Kind::not_found);
    CHECK(error.object() == "/no/such/program");
}

TEST_CASE("programs are looked for in the caller's path, in its order, never beside it")
{
    const io::TempDirectory first;
    const io::TempDirectory second;
    make_program(second.path() + "/tool", "echo second");
    command::Command command{.words = {"tool"},
                             .path = "relative::" + first.path() + ":" + second.path(),
                             .working_directory = second.path()};
    CHECK(command::run(command, patience).output == "second\n");
    make_program(first.path() + "/tool", "echo first; pwd");
    CHECK(command::run(command, patience).output == "first\n" + second.path() + "\n");
    command.path = "relative::.";
    CHECK(failure_of([&] { command::Child child{command}; }).kind() == Error::Kind::not_found);
}

TEST_CASE("much output flows into a sink, too much without one is refused")
{
    CountingSink sink;
    const auto done = command::run(shell("head -c 100000000 /dev/zero"), patience, {}, &sink);
    CHECK(done.status == 0);
    CHECK(done.output.empty());
    CHECK(sink.bytes == 100'000'000);
    CHECK(failure_of([] {
              (void)command::run(shell("head -c 100000000 /dev/zero"), patience);
          }).kind() == Error::Kind::unreachable);
}

TEST_CASE("over sockets all of it goes through in both directions")
{
    auto command = shell("test -S /dev/stdin && test -S /dev/stdout && exec cat");
    command.over_sockets = true;
    command::Child child{command};
    const io::Bytes piece(std::size_t{100} << 10U, std::byte{'x'});
    io::Bytes answer(piece.size());
    for (int number = 0; number < 50; ++number) {
        REQUIRE(child.write(piece, patience));
        for (std::size_t got = 0; got < piece.size();) {
            const auto more = child.read(io::ByteSpan{answer}.subspan(got), patience);
            REQUIRE(more > 0);
            got += more;
        }
        REQUIRE(answer == piece);
    }
    child.close_input();
    CHECK(child.read(answer, patience) == 0);
    CHECK(child.wait(patience) == 0);
}

TEST_CASE("who reads no more is noticed, over sockets too and with something left unread")
{
    for (const bool over_sockets : {false, true}) {
        CAPTURE(over_sockets);
        auto command = shell("head -c 10 >/dev/null; echo enough");
        command.over_sockets = over_sockets;
        command::Child child{command};
        const io::Bytes much(std::size_t{16} << 20U);
        CHECK_FALSE(child.write(much, patience));
        io::Bytes answer(100);
        CHECK(io::text_of(io::ByteView{answer}.first(child.read(answer, patience))) == "enough\n");
        CHECK(child.wait(patience) == 0);
    }
}

TEST_CASE("of much that is written to standard error the end is kept")
{
    const auto done =
        command::run(shell("head -c 3000000 /dev/zero >&2; echo the reason >&2; exit 1"), patience);
    CHECK(done.status == 1);
    CHECK(done.errors.size() <= 20'000);
    CHECK(done.errors.ends_with("the reason\n"));
}

TEST_CASE("a program that takes no more input is no error of the writing")
{
    const std::string much(1'000'000, 'x');
    const auto done = command::run(shell("exec <&-; echo enough"), patience, much);
    CHECK(done.output == "enough\n");
    command::Child child{shell("exec <&-; sleep 36000")};
    CHECK_FALSE(child.write(io::view_of(much), patience));
}

TEST_CASE("a program that says nothing is waited for until patience ends")
{
    const auto error = failure_of([] { (void)command::run(shell("sleep 36000"), 10ms); });
    CHECK(error.kind() == Error::Kind::unreachable);
    CHECK(error.object() == "sh");
    command::Child child{shell("sleep 36000")};
    const std::string much(1'000'000, 'x');
    CHECK(failure_of([&] { child.write(io::view_of(much), 10ms); }).kind() ==
          Error::Kind::unreachable);
}

TEST_CASE("a stop ends waits for a program, also for one that says much")
{
    for (const auto* script : {"sleep 36000", "exec >&-; sleep 36000", "yes", "cat"}) {
        CAPTURE(script);
        std::stop_source stop;
        auto command = shell(script);
        command.stop = stop.get_token();
        const std::jthread stopper{[&] { stop.request_stop(); }};
        CountingSink sink;
        CHECK(failure_of([&] {
                  command::Child child{command};
                  io::Bytes buffer(4096);
                  while (child.read(buffer, patience) > 0) {
                  }
                  (void)child.wait(patience);
              }).kind() == Error::Kind::cancelled);
    }
}

TEST_CASE("what a program has started ends with it")
{
    const io::TempDirectory directory;
    const auto fifo = directory.path() + "/fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const io::Fd reader{::open(fifo.c_str(), O_RDONLY | O_NONBLOCK)};
    {
        // The grandchild holds the fifo open for writing, and ignores the polite signal.
        command::Child child{
            shell("(trap '' TERM; exec >" + fifo + "; echo x; sleep 36000) & echo on; wait")};
        io::Bytes buffer(3);
        REQUIRE(child.read(buffer, patience) == 3);
        std::array<pollfd, 1> wait{{{reader.get(), POLLIN, 0}}};
        REQUIRE(::poll(wait.data(), 1, 60'000) == 1);
    }
    // Nobody is left to write: the end comes after what was written, and not never.
    std::array<char, 16> left{};
    std::array<pollfd, 1> wait{{{reader.get(), POLLIN, 0}}};
    REQUIRE(::poll(wait.data(), 1, 60'000) == 1);
    CHECK(::read(reader.get(), left.data(), left.size()) == 2);
    wait[0].revents = 0;
    REQUIRE(::poll(wait.data(), 1, 60'000) == 1);
    CHECK(::read(reader.get(), left.data(), left.size()) == 0);
}

TEST_CASE("words of a line are parted as a shell parts them")
{
    struct Row {
        std::string_view line;
        std::vector<std::string> expected;
    };
    for (const auto& row : std::vector<Row>{
             {"", {}},
             {"  \t\n ", {}},
             {"-oPort=22  -v", {"-oPort=22", "-v"}},
             {"-o 'A b' -o \"c d\"", {"-o", "A b", "-o", "c d"}},
             {"-oX='a b'c", {"-oX=a bc"}},
             {"'' \"\"", {"", ""}},
             {R"(a\ b \' \" \\)", {"a b", "'", "\"", "\\"}},
             {R"('a\b' "a\"b")", {"a\\b", "a\"b"}},
             {"$HOME `id` *;|&", {"$HOME", "`id`", "*;|&"}},
             {R"("it's" 'a "b"')", {"it's", "a \"b\""}},
         }) {
        CAPTURE(row.line);
        CHECK(command::split_words(row.line) == row.expected);
    }
    for (const auto* line : {"'a", "a\"", "'a\\'b'"}) {
        CAPTURE(line);
        CHECK(failure_of([&] { (void)command::split_words(line); }).kind() == Error::Kind::invalid);
    }
}
