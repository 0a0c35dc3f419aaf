// What every target must do while others use it, while a connection breaks, and when its server was
// away (remote.hpp, backends.md 8). The cases behind a fault proxy and those that restart the
// server do nothing where the test's caller gave no such thing (target.hpp).
#include "storage/io/digest.hpp"
#include "storage/remote/http/client.hpp"
#include "storage/remote/retry.hpp"
#include "tests/storage/exchange.hpp"
#include "tests/storage/target.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace duplid::storage_tests;

namespace {

/// Tells the fault proxy what to do with connections from now on.
void set_proxy(const std::string& words)
{
    http::Client client{remote::RemoteOptions{}};
    const http::Request request{.url = fmt::format("http://127.0.0.1:{}/set?mode={}",
                                                   settings().flaky->control_port, words)};
    REQUIRE(client.perform(request).status == 200);
}

/// A kept connection may turn out to be dead at its next use, which is for the retries above every
/// target; more than that is not.
remote::RetryingRemote asked_again(std::unique_ptr<remote::Remote> remote)
{
    remote::RetryOptions options;
    options.attempts = 3;
    options.sleep = [](std::chrono::milliseconds, const std::stop_token&) {};
    return remote::RetryingRemote{std::move(remote), std::move(options)};
}

struct Nowhere final : io::Sink {
    void write(io::ByteView) override {}
};

/// What is done in threads of their own: an exception there would end the program.
template <typename Action>
void counting_failures(std::atomic<int>& failures, Action action)
{
    try {
        action();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        ++failures;
    }
}

}  // namespace

TEST_CASE("several transfers may go on at once, through two connections")
{
    const Target target;
    const std::array remotes{target.open(), target.open()};
    std::atomic<int> good{0};
    std::atomic<int> failures{0};
    {
        std::vector<std::jthread> threads;
        for (unsigned number = 0; number < 4; ++number) {
            threads.emplace_back([&, number] {
                counting_failures(failures, [&] {
                    auto& remote = *remotes[number % remotes.size()];
                    const auto name = fmt::format("file-{}", number);
                    for (unsigned round = 0; round < 10; ++round) {
                        const auto content = pattern(300'000 + number, number + round);
                        put(remote, name, content);
                        if (get(remote, name) == content) {
                            ++good;
                        }
                        (void)remote.list();
                    }
                });
            });
        }
    }
    CHECK(failures == 0);
    CHECK(good == 40);
    CHECK(names_of(*target.open()).size() == 4);
}

TEST_CASE("while a file is replaced, readers see the old or the new one whole")
{
    if (!settings().can("atomic-replace")) {
        return;
    }
    const Target target;
    const auto remote = target.open();
    const auto old_content = pattern(300'000, 1);
    const auto new_content = pattern(400'000, 2);
    put(*remote, "name", old_content);
    std::atomic<bool> torn{false};
    std::atomic<int> failures{0};
    {
        const std::jthread reader{[&](const std::stop_token& stop) {
            counting_failures(failures, [&] {
                const auto mine = target.open();
                while (!stop.stop_requested()) {
                    const auto content = get(*mine, "name");
                    if (content != old_content && content != new_content) {
                        torn = true;
                    }
                }
            });
        }};
        for (int round = 0; round < 20; ++round) {
            put(*remote, "name", round % 2 == 0 ? new_content : old_content);
        }
    }
    CHECK(failures == 0);
    CHECK_FALSE(torn);
}

TEST_CASE("files are removed in the order given")
{
    if (!settings().can("ordered-removal")) {
        return;
    }
    const Target target;
    const auto remote = target.open();
    std::vector<std::string> names;
    // Fewer where each of them is a program's run.
    for (unsigned number = 0; number < std::min(40U, settings().files); ++number) {
        names.push_back(fmt::format("file-{:02}", number));
        put(*remote, names.back(), pattern(1));
    }
    std::atomic<int> wrong{0};
    std::atomic<int> failures{0};
    {
        // What is gone stays gone: if a name is missing, so must be all that stand before it.
        const std::jthread reader{[&](const std::stop_token& stop) {
            counting_failures(failures, [&] {
                const auto mine = target.open();
                for (std::size_t at = 1; !stop.stop_requested(); at = at % (names.size() - 1) + 1) {
                    if (!mine->size_of(names[at]) && mine->size_of(names[at - 1])) {
                        ++wrong;
                    }
                }
            });
        }};
        remote->remove(names);
    }
    CHECK(failures == 0);
    CHECK(wrong == 0);
    CHECK(target.open()->list().empty());
}

TEST_CASE("a put that is cut leaves no file, or the old one, and can be repeated")
{
    if (!settings().flaky) {
        return;
    }
    const Target target;
    const auto old_content = pattern(100'000, 1);
    const auto content = pattern(1'000'000, 2);
    put(*target.open(), "old", old_content);
    const auto remote = target.open_through_proxy();
    auto again = asked_again(target.open_through_proxy());
    for (const unsigned quarter : {0U, 1U, 2U, 3U, 4U}) {
        CAPTURE(quarter);
        const auto name = fmt::format("new-{}", quarter);
        set_proxy(fmt::format("cut&dir=up&after={}", content.size() * quarter / 4));
        // Each of them opens what it needs anew: what is open already is not cut.
        CHECK(kind_of_failure([&] { put(*target.open_through_proxy(), name, content); }) ==
              std::optional{Error::Kind::unreachable});
        CHECK(kind_of_failure([&] { put(*target.open_through_proxy(), "old", content); }) ==
              std::optional{Error::Kind::unreachable});
        CHECK(target.open()->size_of(name) == std::nullopt);
        CHECK(names_of(*target.open()).count(name) == 0);
        CHECK(get(*target.open(), "old") == old_content);

        set_proxy("pass");
        put(again, name, content);
        CHECK(get(*target.open(), name) == content);
    }
    CHECK(names_of(*target.open()).size() == 6);
}

TEST_CASE("a put of several parts that is cut leaves no file, or the whole one")
{
    if (!settings().flaky) {
        return;
    }
    const Target target;
    const auto content = pattern(static_cast<std::size_t>(settings().large_bytes), 3);
    for (const unsigned quarter : {1U, 2U, 3U, 4U}) {
        CAPTURE(quarter);
        const auto name = fmt::format("new-{}", quarter);
        set_proxy(fmt::format("cut&dir=up&after={}", content.size() * quarter / 4));
        const auto kind =
            kind_of_failure([&] { put(*target.open_through_proxy(), name, content); });
        if (kind) {
            CHECK(*kind == Error::Kind::unreachable);
            CHECK(target.open()->size_of(name) == std::nullopt);
        } else {
            // Parts that go over connections of their own may all be smaller than the cut.
            CHECK(get(*target.open(), name) == content);
        }
        set_proxy("pass");
        put(*target.open_through_proxy(), name, content);
        CHECK(get(*target.open(), name) == content);
    }
}

TEST_CASE("a get that is cut has given a prefix, and is unreachable")
{
    if (!settings().flaky) {
        return;
    }
    const Target target;
    const auto content = pattern(1'000'000, 2);
    put(*target.open(), "name", content);
    for (const unsigned quarter : {0U, 1U, 2U, 3U}) {
        CAPTURE(quarter);
        set_proxy(fmt::format("cut&dir=down&after={}", content.size() * quarter / 4));
        io::MemorySink sink;
        CHECK(kind_of_failure([&] { target.open_through_proxy()->get("name", sink); }) ==
              std::optional{Error::Kind::unreachable});
        const auto got = sink.take();
        REQUIRE(got.size() <= content.size());
        CHECK(std::equal(got.begin(), got.end(), content.begin()));
        set_proxy("pass");
        CHECK(get(*target.open_through_proxy(), "name") == content);
    }
}

TEST_CASE("a server that was restarted is used again")
{
    if (settings().restart.empty()) {
        return;
    }
    const Target target;
    auto remote = asked_again(target.open());
    const auto content = pattern(100'000);
    put(remote, "before", content);
    REQUIRE(std::system(settings().restart.c_str()) == 0);
    CHECK(get(remote, "before") == content);
    REQUIRE(std::system(settings().restart.c_str()) == 0);
    put(remote, "after", content);
    REQUIRE(std::system(settings().restart.c_str()) == 0);
    CHECK(names_of(remote) == std::set<std::string>{"after", "before"});
    CHECK(get(*target.open(), "after") == content);
}

TEST_CASE("a file of more than four gigabytes goes there and comes back")
{
    if (!settings().huge_bytes) {
        return;
    }
    const Target target;
    const auto bytes = *settings().huge_bytes;
    const auto remote = target.open();
    auto spool = remote->make_spool("huge", io::default_temp_directory());
    REQUIRE(::ftruncate(spool.fd(), static_cast<off_t>(bytes)) == 0);
    // Beside the ends: where 31 and 32 bits end.
    constexpr std::array<std::uint64_t, 3> places{0, (std::uint64_t{1} << 31U) - 50'000,
                                                  (std::uint64_t{1} << 32U) - 50'000};
    const auto content = pattern(100'000);
    for (const auto place : places) {
        REQUIRE(::pwrite(spool.fd(), content.data(), content.size(), static_cast<off_t>(place)) ==
                static_cast<ssize_t>(content.size()));
    }
    REQUIRE(::pwrite(spool.fd(), content.data(), content.size(),
                     static_cast<off_t>(bytes - content.size())) ==
            static_cast<ssize_t>(content.size()));
    Nowhere nowhere;
    io::DigestSink expected{io::Digest::Algorithm::sha256, nowhere};
    {
        io::RangeSource source{spool.fd(), 0, bytes, "spool"};
        io::copy(source, expected);
    }

    remote->put(spool, "huge");
    const auto again = target.open();
    CHECK(again->size_of("huge") == bytes);
    CHECK(again->list() == std::vector{remote::Listed{"huge", bytes}});
    io::DigestSink got{io::Digest::Algorithm::sha256, nowhere};
    again->get("huge", got);
    CHECK(got.bytes() == bytes);
    CHECK(got.hex() == expected.hex());
    if (again->can_read_ranges()) {
        CHECK(again->get_range("huge", places[2], content.size()) == content);
    }
}
