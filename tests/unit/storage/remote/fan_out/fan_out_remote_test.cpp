// Method: targets in memory that fail at a chosen call.
#include "storage/remote/fan_out/fan_out_remote.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "tests/support/faulty_remote.hpp"
#include "tests/support/memory_remote.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <doctest/doctest.h>
#include <limits>
#include <mutex>
#include <thread>

using namespace duplid;

namespace {

constexpr auto unreachable = Error::Kind::unreachable;
using Names = std::vector<std::string>;

template <typename Action>
std::optional<Error> failure_of(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

/// Three targets, a, b and c, and what is told of them.
struct Bench {
    std::array<support::MemoryRemote, 3> places;
    std::array<support::FaultyRemote, 3> targets{support::FaultyRemote{places[0]},
                                                 support::FaultyRemote{places[1]},
                                                 support::FaultyRemote{places[2]}};
    std::mutex mutex;  ///< of `lost`: several may be told of at once
    std::vector<std::pair<std::size_t, std::string>> lost;

    fan_out::FanOutRemote open(const Names& kept = {})
    {
        return {{{"a", targets[0]}, {"b", targets[1]}, {"c", targets[2]}},
                kept,
                [this](std::size_t part, const Error& why) {
                    const std::lock_guard guard{mutex};
                    lost.emplace_back(part, why.what());
                }};
    }
    void set(const std::string& name, std::string_view text, std::initializer_list<int> where)
    {
        const auto bytes = io::view_of(text);
        for (const auto index : where) {
            places.at(static_cast<std::size_t>(index)).set(name, {bytes.begin(), bytes.end()});
        }
    }
    std::string text(std::size_t where, const std::string& name)
    {
        return std::string{io::text_of(places.at(where).content_of(name))};
    }
};

/// Where puts wait until there are enough of them; at last, for a minute: a test that waits in vain
/// has to fail.
class Gate {
public:
    void enter()
    {
        std::unique_lock lock{mutex_};
        ++entered_;
        changed_.notify_all();
        const bool passed =
            changed_.wait_for(lock, patience, [this] { return entered_ >= open_at_; });
        passed_all_ = passed_all_ && passed;
    }
    /// From so many on, all pass.
    void open_at(std::size_t count)
    {
        const std::lock_guard lock{mutex_};
        open_at_ = count;
        changed_.notify_all();
    }
    void wait_for(std::size_t count)
    {
        std::unique_lock lock{mutex_};
        REQUIRE(changed_.wait_for(lock, patience, [&] { return entered_ >= count; }));
    }
    [[nodiscard]] bool passed_all() const { return passed_all_; }

private:
    static constexpr std::chrono::minutes patience{1};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t entered_ = 0;
    std::size_t open_at_ = std::numeric_limits<std::size_t>::max();
    bool passed_all_ = true;
};

class Gated final : public support::ForwardingRemote {
public:
    Gated(remote::Remote& next, Gate& gate) : ForwardingRemote{next}, gate_{gate} {}
    void put(io::TempFile& spool, const std::string& name) override
    {
        gate_.enter();
        ForwardingRemote::put(spool, name);
    }

private:
    Gate& gate_;
};

void put(remote::Remote& remote, const std::string& name, std::string_view text)
{
    auto spool = remote.make_spool(name, io::default_temp_directory());
    io::write_full(spool.fd(), io::view_of(text), name);
    remote.put(spool, name);
}

std::string get(remote::Remote& remote, const std::string& name)
{
    io::MemorySink sink;
    remote.get(name, sink);
    return std::string{io::text_of(sink.view())};
}

Names names_of(remote::Remote& remote)
{
    Names names;
    for (const auto& listed : remote.list()) {
        names.push_back(listed.name);
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

TEST_CASE("what is put is everywhere, byte for byte")
{
    Bench bench;
    auto all = bench.open();
    put(all, "x", "content");
    for (const auto where : {0U, 1U, 2U}) {
        CHECK(bench.text(where, "x") == "content");
    }
    CHECK(names_of(all) == Names{"x"});
    CHECK(all.size_after_put("x", 7) == 7U);
    CHECK(get(all, "x") == "content");
    all.remove(Names{"x"});
    CHECK(names_of(all).empty());
    for (auto& place : bench.places) {
        CHECK_FALSE(place.size_of("x"));
    }
    CHECK(bench.lost.empty());
}

TEST_CASE("a put is under way to all targets at once")
{
    Bench bench;
    Gate gate;
    // Either waits until the other has been asked, too.
    Gated one{bench.places[0], gate};
    Gated other{bench.places[1], gate};
    gate.open_at(2);
    fan_out::FanOutRemote all{{{"a", one}, {"b", other}}, {}, [](std::size_t, const Error&) {}};
    put(all, "x", "content");
    CHECK(gate.passed_all());
    CHECK(bench.text(0, "x") == "content");
    CHECK(bench.text(1, "x") == "content");
}

TEST_CASE("a target that takes its time holds the others back by what is under way, and no more")
{
    constexpr std::size_t under_way = 3;
    for (const bool is_slow_first : {true, false}) {
        CAPTURE(is_slow_first);
        Bench bench;
        Gate gate;
        Gated slow{bench.places[0], gate};
        const fan_out::Part first{"slow", slow};
        const fan_out::Part second{"quick", bench.targets[1]};
        fan_out::FanOutRemote all{is_slow_first ? std::vector{first, second}
                                                : std::vector{second, first},
                                  {},
                                  [](std::size_t, const Error&) {}};
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < under_way; ++i) {
            threads.emplace_back([&all, i] {
                for (const auto* const turn : {"first", "second"}) {
                    put(all, turn + std::to_string(i), "content");
                }
            });
        }
        gate.wait_for(under_way);
        // The quick one gets what is under way, whoever comes first; but nobody begins a second
        // file before the slow one has the first.
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
        while (names_of(bench.places[1]).size() < under_way &&
               std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
        CHECK(names_of(bench.places[1]) == Names{"first0", "first1", "first2"});
        CHECK(names_of(bench.places[0]).empty());
        gate.open_at(under_way);
        for (auto& thread : threads) {
            thread.join();
        }
        CHECK(names_of(bench.places[0]).size() == 2 * under_way);
        CHECK(names_of(bench.places[1]) == names_of(bench.places[0]));
    }
}

TEST_CASE("two directories on this machine take one spool at the same time, each its own copy")
{
    const io::TempDirectory one;
    const io::TempDirectory other;
    file::FileRemote first{one.path()};
    file::FileRemote second{other.path()};
    std::vector<std::string> lost;
    fan_out::FanOutRemote all{
        {{"a", first}, {"b", second}}, {}, [&lost](std::size_t, const Error& why) {
            lost.emplace_back(why.what());
        }};
    std::string content(std::size_t{3} << 20U, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) {
        content[i] = static_cast<char>((i * i) >> 7U);
    }
    for (const auto* const name : {"1", "2", "3", "4"}) {
        put(all, name, content + name);
    }
    CHECK(lost.empty());
    for (const auto* const name : {"1", "2", "3", "4"}) {
        CHECK(get(first, name) == content + name);
        CHECK(get(second, name) == content + name);
    }
}

TEST_CASE("a target that fails is out, is told of once, and the others go on")
{
    Bench bench;
    auto all = bench.open();
    put(all, "1", "one");
    bench.targets[1].set_room(4);
    put(all, "2", "two");
    put(all, "3", "three");
    put(all, "4", "4");
    REQUIRE(bench.lost.size() == 1);
    CHECK(bench.lost[0].first == 1);
    CHECK(bench.lost[0].second.find("full") != std::string::npos);
    CHECK_FALSE(all.is_in(1));
    CHECK(all.is_in(2));
    CHECK(names_of(all) == Names{"1", "2", "3", "4"});
    // It had room for the small ones, and gets nothing any more all the same.
    CHECK(names_of(bench.places[1]) == Names{"1", "2"});
    CHECK(names_of(bench.places[2]) == Names{"1", "2", "3", "4"});
}

TEST_CASE("whatever the call is at which a target fails, the others have everything")
{
    std::size_t lost = 0;
    for (std::uint64_t call = 1; call <= 12; ++call) {
        CAPTURE(call);
        Bench bench;
        bench.targets[0].fail_call(call, {unreachable, "it went away"});
        auto all = bench.open();
        CHECK(names_of(all).empty());
        for (const auto* const name : {"1", "2", "3"}) {
            put(all, name, name);
        }
        CHECK(names_of(all) == Names{"1", "2", "3"});
        CHECK(get(all, "2") == "2");
        CHECK(names_of(bench.places[1]) == Names{"1", "2", "3"});
        CHECK(names_of(bench.places[2]) == Names{"1", "2", "3"});
        CHECK(bench.lost.size() <= 1);
        lost += bench.lost.size();
    }
    CHECK(lost >= 9);  // list, three times put and size, list, get: each fails once
}

TEST_CASE("the last target that is in is not left behind: its failure is the operation's")
{
    Bench bench;
    auto all = bench.open();
    for (auto& target : bench.targets) {
        target.fail_next("put", 1, {Error::Kind::denied, "read-only"});
    }
    const auto failure = failure_of([&] { put(all, "x", "content"); });
    REQUIRE(failure);
    CHECK(failure->kind() == Error::Kind::denied);
    CHECK(bench.lost.size() == 2);
    // Whichever was the last.
    CHECK(all.is_in(0) + all.is_in(1) + all.is_in(2) == 1);
    put(all, "y", "later");
    CHECK(names_of(all) == Names{"y"});
}

TEST_CASE("a request to stop is no target's fault")
{
    Bench bench;
    auto all = bench.open();
    bench.targets[1].fail_next("put", 1, {Error::Kind::cancelled, "stopped"});
    const auto failure = failure_of([&] { put(all, "x", "content"); });
    REQUIRE(failure);
    CHECK(failure->kind() == Error::Kind::cancelled);
    CHECK(bench.lost.empty());
    CHECK(all.is_in(1));
}

TEST_CASE("what somebody makes of a loss ends the operation, which then counts as not done")
{
    Bench bench;
    fan_out::FanOutRemote all{
        {{"a", bench.targets[0]}, {"b", bench.targets[1]}}, {}, [](std::size_t, const Error&) {
            throw Error{Error::Kind::no_space, "cannot be written down"};
        }};
    bench.targets[0].fail_next("put", 1, {unreachable, "away"});
    const auto failure = failure_of([&] { put(all, "x", "content"); });
    REQUIRE(failure);
    CHECK(failure->kind() == Error::Kind::no_space);
}

TEST_CASE("the listing shows what all have in the same size, and the rest are strays")
{
    Bench bench;
    bench.set("all", "same", {0, 1, 2});
    bench.set("some", "same", {0, 2});
    bench.set("one", "same", {1});
    bench.set("size", "short", {0, 1});
    bench.set("size", "longer", {2});
    auto all = bench.open();
    CHECK(names_of(all) == Names{"all"});
    CHECK(all.strays() == Names{"one", "size", "some"});
    // But whether a file is nowhere, all are asked.
    CHECK(all.size_of("one") == 4U);
    CHECK_FALSE(all.size_of("none"));
    all.remove(all.strays());
    CHECK(names_of(bench.places[1]) == Names{"all"});
    CHECK(names_of(bench.places[2]) == Names{"all"});
}

TEST_CASE("a target that no longer has what was put there, or was there before, is left behind")
{
    Bench bench;
    bench.set("base", "manifest", {0, 1, 2});
    auto all = bench.open({"base"});
    put(all, "x", "content");
    bench.places[0].remove(Names{"x"});
    bench.places[1].remove(Names{"base"});
    CHECK(names_of(all) == Names{"base", "x"});
    REQUIRE(bench.lost.size() == 2);
    CHECK(bench.lost[0].second.find("lost x") != std::string::npos);
    CHECK(bench.lost[1].second.find("lost base") != std::string::npos);
    CHECK(all.is_in(2));
    // When the last one has lost it, too, that is an error and not an answer.
    bench.places[2].remove(Names{"x"});
    const auto failure = failure_of([&] { static_cast<void>(all.list()); });
    REQUIRE(failure);
    CHECK(failure->kind() == unreachable);
}

TEST_CASE("a file that arrives in another size counts as a failure of that target")
{
    /// Loses the end of what it is given.
    class Leaky final : public support::ForwardingRemote {
    public:
        using ForwardingRemote::ForwardingRemote;
        std::optional<std::uint64_t> size_of(const std::string& name) override
        {
            const auto bytes = ForwardingRemote::size_of(name);
            return bytes ? std::optional{*bytes - 1} : std::nullopt;
        }
    };
    Bench bench;
    Leaky leaky{bench.places[0]};
    std::vector<std::string> lost;
    fan_out::FanOutRemote all{
        {{"a", leaky}, {"b", bench.targets[1]}}, {}, [&lost](std::size_t, const Error& why) {
            lost.push_back(why.what());
        }};
    put(all, "x", "content");
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].find("6 bytes") != std::string::npos);
    CHECK(bench.text(1, "x") == "content");
}

TEST_CASE("a download goes on at the next target where the first broke off")
{
    Bench bench;
    bench.set("x", "0123456789", {0, 1, 2});
    auto all = bench.open();
    bench.targets[0].cut_next_get(4, {unreachable, "away"});
    CHECK(get(all, "x") == "0123456789");
    REQUIRE(bench.lost.size() == 1);
    CHECK(bench.lost[0].first == 0);
    CHECK(failure_of([&] { get(all, "none"); })->kind() == Error::Kind::not_found);
    CHECK(bench.lost.size() == 1);
}

TEST_CASE("transfers in several threads that fail on one target lose it once")
{
    Bench bench;
    auto all = bench.open();
    bench.targets[2].fail_next("put", 1000, {unreachable, "away"});
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&all, i] { put(all, "file" + std::to_string(i), "content"); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(bench.lost.size() == 1);
    CHECK(names_of(all).size() == 8);
    CHECK(names_of(bench.places[0]).size() == 8);
}
