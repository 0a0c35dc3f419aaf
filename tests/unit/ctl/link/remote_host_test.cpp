// Goal: nothing that is said of a host becomes an option of ssh or a command of a shell, and what
// comes back is told from what goes wrong. Method: words and statuses as ssh has them; for the
// proxy, pairs of sockets in the places of ssh and of the daemon.
#include "ctl/link/remote_host.hpp"

#include "ctl/link/proxy.hpp"
#include "ctl/process/failure.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace duplid;

namespace {

struct Ends {
    ctl::Fd ours;
    ctl::Fd theirs;
};

Ends socket_pair()
{
    std::array<int, 2> numbers{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, numbers.data()) == 0);
    return {ctl::Fd{numbers[0]}, ctl::Fd{numbers[1]}};
}

std::string read_all(int descriptor)
{
    std::string text;
    std::array<char, 4096> bytes{};
    ssize_t count = 0;
    while ((count = ::read(descriptor, bytes.data(), bytes.size())) > 0) {
        text.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return text;
}

void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const auto count = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

/// As waitpid() tells of a process that ended by itself.
constexpr int exit_status(int status)
{
    return status << 8;
}

}  // namespace

TEST_CASE("a host is a name with a user and a port if they are given")
{
    struct Row {
        const char* text;
        const char* destination;
        const char* port;
    };
    for (const auto& row : {Row{"nas", "nas", ""}, Row{"ada@nas", "ada@nas", ""},
                            Row{"ada@nas:2222", "ada@nas", "2222"}, Row{"::1", "::1", ""},
                            Row{"ada@[::1]:22", "ada@::1", "22"}, Row{"[fe80::1]", "fe80::1", ""},
                            Row{"a@b@nas", "a@b@nas", ""}}) {
        CAPTURE(row.text);
        const auto host = ctl::parse_remote_host(row.text);
        CHECK(host.destination == row.destination);
        CHECK(host.port == row.port);
    }
}

TEST_CASE("what ssh could take for an option, and what is no host, is refused")
{
    for (const char* text :
         {"", "-oProxyCommand=reboot", "-l", "ada@", "@nas", "ada@-oX", "-a@nas", "nas:", "nas:ssh",
          "nas:-1", "[::1", "[::1]x", "[]", "na s", "nas\n"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(static_cast<void>(ctl::parse_remote_host(text)), ctl::Failure);
    }
}

TEST_CASE("ssh gets words, and only what the shell over there reads is quoted for it")
{
    CHECK(ctl::ssh_words({"ada@nas", "2222"}, {"--socket", "/a b/it's; reboot"}) ==
          std::vector<std::string>{"ssh", "-T", "-p", "2222", "--", "ada@nas", "duplictl", "proxy",
                                   "'--socket'", "'/a b/it'\\''s; reboot'"});
    CHECK(ctl::ssh_words({"nas", ""}, {}) ==
          std::vector<std::string>{"ssh", "-T", "--", "nas", "duplictl", "proxy"});
}

TEST_CASE("how ssh ended says what is wrong and what to do")
{
    using proto::ErrorKind;
    const auto missing = ctl::ending_of_link("nas", exit_status(127));
    CHECK(missing.kind == ErrorKind::unreachable);
    CHECK(missing.object == "nas");
    CHECK(missing.cause.find("no duplictl") != std::string::npos);
    CHECK(missing.hint.find("install duplid there") != std::string::npos);
    CHECK(ctl::ending_of_link("nas", exit_status(255)).cause.find("ssh cannot reach") == 0);
    CHECK(ctl::ending_of_link("nas", exit_status(13)).kind == ErrorKind::denied);
    CHECK(ctl::ending_of_link("nas", exit_status(14)).cause.find("exit status 14") !=
          std::string::npos);
    CHECK(ctl::ending_of_link("nas", SIGKILL).cause.find("connection was lost") !=
          std::string::npos);
}

TEST_CASE("the proxy brings all bytes both ways, and hands on the end of what it reads")
{
    ctl::Interrupts interrupts;
    auto client = socket_pair();
    auto daemon = socket_pair();
    // More than any buffer on the way holds, so that each side has to wait for the other.
    std::string question(1 << 20, 'q');
    std::string answer(3 << 20, 'a');
    std::string heard;
    std::string got;
    {
        std::jthread asks{[&] {
            write_all(client.ours.get(), question);
            ::shutdown(client.ours.get(), SHUT_WR);
        }};
        std::jthread reads{[&] { got = read_all(client.ours.get()); }};
        std::jthread serves{[&] {
            heard = read_all(daemon.ours.get());
            write_all(daemon.ours.get(), answer);
            ::shutdown(daemon.ours.get(), SHUT_RDWR);
        }};
        ctl::copy_both_ways(client.theirs.get(), client.theirs.get(), daemon.theirs.get(),
                            interrupts);
        client.theirs.close();
    }
    CHECK(heard == question);
    CHECK(got == answer);
}

TEST_CASE("the proxy ends when the daemon does, though more could come from the other side")
{
    ctl::Interrupts interrupts;
    auto client = socket_pair();
    auto daemon = socket_pair();
    daemon.ours.close();
    ctl::copy_both_ways(client.theirs.get(), client.theirs.get(), daemon.theirs.get(), interrupts);
    client.theirs.close();
    CHECK(read_all(client.ours.get()).empty());
}

TEST_CASE("the proxy ends when nobody reads any more, though the daemon has nothing to say")
{
    ctl::Interrupts interrupts;
    auto client = socket_pair();
    auto daemon = socket_pair();
    client.ours.close();
    ctl::copy_both_ways(client.theirs.get(), client.theirs.get(), daemon.theirs.get(), interrupts);
    daemon.theirs.close();
    CHECK(read_all(daemon.ours.get()).empty());
}
