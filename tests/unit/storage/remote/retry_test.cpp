// Method: a target in memory behind one that fails on order, pauses taken by a list instead of a
// clock.
#include "storage/remote/retry.hpp"

#include "storage/io/file.hpp"
#include "tests/support/faulty_remote.hpp"
#include "tests/support/memory_remote.hpp"
#include "tests/support/recording_remote.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <string>
#include <thread>

using namespace duplid;
using namespace std::chrono_literals;

namespace {

const Error lost{Error::Kind::unreachable, "connection reset"};
const Error damaged{Error::Kind::corrupt, "length differs"};

io::Bytes bytes_of(std::string_view text)
{
    const auto view = io::view_of(text);
    return {view.begin(), view.end()};
}

struct Bench {
    support::MemoryRemote memory;
    support::RecordingRemote recording{memory};
    support::FaultyRemote faulty{recording};
    std::vector<std::chrono::milliseconds> pauses;
    std::vector<std::string> failures;
    std::stop_source stop;
    double jitter = 0;
    bool repeats_refusals = false;

    remote::RetryingRemote retrying(unsigned attempts = 5, std::chrono::milliseconds most = 30s)
    {
        return {std::make_unique<support::LentRemote>(faulty),
                {.attempts = attempts,
                 .delay_max = most,
                 .repeats_refusals = repeats_refusals,
                 .stop = stop.get_token(),
                 .on_failure =
                     [this](const remote::FailedAttempt& failed) {
                         failures.push_back(std::string{failed.operation} + ' ' +
                                            std::to_string(failed.number) + ' ' +
                                            failed.error.what());
                     },
                 .sleep = [this](std::chrono::milliseconds pause,
                                 const std::stop_token&) { pauses.push_back(pause); },
                 .jitter = [this] { return jitter; }}};
    }
};

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

}  // namespace

TEST_CASE("pauses double from one second up to the limit, and vary by a quarter at most")
{
    struct Row {
        unsigned number;
        std::chrono::milliseconds limit;
        double jitter;
        std::chrono::milliseconds expected;
    };
    for (const auto& row :
         {Row{1, 30s, 0, 1s}, Row{2, 30s, 0, 2s}, Row{5, 30s, 0, 16s}, Row{6, 30s, 0, 30s},
          Row{7, 30s, -1, 30s}, Row{1, 30s, 1, 1250ms}, Row{1, 30s, -1, 750ms}, Row{5, 17s, 1, 17s},
          Row{1, 0s, 1, 0s}, Row{1, 500ms, 0, 500ms}, Row{4'000'000'000, 30s, 0, 30s},
          Row{2, 30s, 99, 2500ms}}) {
        CAPTURE(row.number);
        CHECK(remote::pause_after(row.number, row.limit, row.jitter) == row.expected);
    }
}

TEST_CASE("an operation that gets through within its attempts looks as if nothing had happened")
{
    Bench bench;
    auto remote = bench.retrying();
    bench.memory.set("name", bytes_of("content"));
    bench.faulty.fail_next("list", 4, lost);
    CHECK(remote.list() == std::vector{remote::Listed{"name", 7}});
    CHECK(bench.pauses == std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 8s});
    CHECK(bench.failures.size() == 4);
    CHECK(bench.failures.front() == "list 1 connection reset");
}

TEST_CASE("the last attempt's error is the one that is told, with the number of attempts")
{
    Bench bench;
    auto remote = bench.retrying(3);
    bench.faulty.fail_next("size_of", 3, lost);
    const auto error = failure_of([&] { (void)remote.size_of("name"); });
    CHECK(error.kind() == Error::Kind::unreachable);
    CHECK(std::string{error.what()} == "giving up after 3 attempts: connection reset");
    CHECK(bench.pauses.size() == 2);
    CHECK(bench.failures.size() == 2);
}

TEST_CASE("a failure of the target says in which operation, and after how many attempts")
{
    Bench bench;
    auto target = bench.retrying();
    const auto missing = failure_of([&] {
        io::MemorySink sink;
        target.get("nosuch", sink);
    });
    REQUIRE(missing.fact("operation") != nullptr);
    CHECK(*missing.fact("operation") == "get");
    CHECK(*missing.fact("attempts") == "1");
}

TEST_CASE("what will not go away is not asked again")
{
    for (const auto kind : {Error::Kind::not_found, Error::Kind::denied, Error::Kind::no_space,
                            Error::Kind::wrong_secret, Error::Kind::invalid, Error::Kind::busy,
                            Error::Kind::cancelled, Error::Kind::internal}) {
        CAPTURE(name_of(kind));
        Bench bench;
        auto remote = bench.retrying();
        bench.faulty.fail_next("list", 1, Error{kind, "no"});
        CHECK(failure_of([&] { (void)remote.list(); }).kind() == kind);
        CHECK(bench.pauses.empty());
    }
}

TEST_CASE(
    "on demand a refusal and a lack of space are asked for again, and nothing else that lasts")
{
    for (const auto kind : {Error::Kind::denied, Error::Kind::no_space}) {
        CAPTURE(name_of(kind));
        Bench bench;
        bench.repeats_refusals = true;
        auto remote = bench.retrying(3);
        bench.faulty.fail_next("list", 3, Error{kind, "no"});
        const auto error = failure_of([&] { (void)remote.list(); });
        CHECK(error.kind() == kind);
        CHECK(*error.fact("attempts") == "3");
        CHECK(bench.failures == std::vector<std::string>{"list 1 no", "list 2 no"});
    }
    Bench bench;
    bench.repeats_refusals = true;
    auto remote = bench.retrying(3);
    bench.faulty.fail_next("list", 1, Error{Error::Kind::not_found, "no"});
    CHECK(failure_of([&] { (void)remote.list(); }).kind() == Error::Kind::not_found);
    CHECK(bench.pauses.empty());
}

TEST_CASE(
    "the size of what was put is asked for again while it is another, as often as attempts go")
{
    Bench bench;
    bench.memory.set("name", bytes_of("content"));
    auto remote = bench.retrying(3);
    CHECK(remote.size_after_put("name", 7) == 7);
    CHECK(bench.recording.count("size_of name") == 1);
    CHECK(bench.failures.empty());

    CHECK(remote.size_after_put("name", 8) == 7);
    CHECK(bench.recording.count("size_of name") == 4);
    CHECK(bench.failures ==
          std::vector<std::string>{"query 1 name has 7 bytes on the target instead of 8",
                                   "query 2 name has 7 bytes on the target instead of 8"});
    CHECK(remote.size_after_put("absent", 0) == std::nullopt);
}

TEST_CASE("a size that is right on the second look ends the asking")
{
    Bench bench;
    auto remote = remote::RetryingRemote{
        std::make_unique<support::LentRemote>(bench.recording),
        {.attempts = 5,
         .sleep = [&](std::chrono::milliseconds,
                      const std::stop_token&) { bench.memory.set("late", bytes_of("here")); },
         .jitter = [] { return 0.0; }}};
    CHECK(remote.size_after_put("late", 4) == 4);
    CHECK(bench.recording.count("size_of late") == 2);
}

TEST_CASE("a second corrupt answer in one operation is final")
{
    Bench bench;
    auto remote = bench.retrying();
    bench.faulty.fail_next("list", 1, damaged);
    CHECK(remote.list().empty());
    bench.faulty.fail_next("list", 2, damaged);
    CHECK(failure_of([&] { (void)remote.list(); }).kind() == Error::Kind::corrupt);
    CHECK(bench.pauses.size() == 2);
}

TEST_CASE("a put whose answer was lost is put again, and the file is there once")
{
    Bench bench;
    auto remote = bench.retrying();
    auto spool = remote.make_spool("name", io::default_temp_directory());
    io::write_full(spool.fd(), io::view_of("content"), "spool");
    bench.faulty.lose_next_put_answer(lost);
    remote.put(spool, "name");
    CHECK(bench.recording.count("put name") == 2);
    CHECK(bench.memory.content_of("name") == bytes_of("content"));
    CHECK(bench.memory.list().size() == 1);
}

TEST_CASE("a get that broke off goes on without giving a byte twice")
{
    for (const std::uint64_t cut : {0U, 1U, 6U, 7U}) {
        CAPTURE(cut);
        Bench bench;
        auto remote = bench.retrying();
        bench.memory.set("name", bytes_of("content"));
        bench.faulty.cut_next_get(cut, lost);
        io::MemorySink sink;
        remote.get("name", sink);
        CHECK(io::text_of(sink.view()) == "content");
    }
}

TEST_CASE("a get that breaks off twice, the second time earlier, still goes on")
{
    Bench bench;
    bench.memory.set("name", bytes_of("content"));
    auto remote = bench.retrying();
    // The second cut is ordered by the report of the first.
    support::FaultyRemote& faulty = bench.faulty;
    remote::RetryingRemote twice{
        std::make_unique<support::LentRemote>(faulty),
        {.on_failure =
             [&](const remote::FailedAttempt& failed) {
                 if (failed.number == 1) {
                     faulty.cut_next_get(2, lost);
                 }
             },
         .sleep = [](std::chrono::milliseconds, const std::stop_token&) {}}};
    faulty.cut_next_get(5, lost);
    io::MemorySink sink;
    twice.get("name", sink);
    CHECK(io::text_of(sink.view()) == "content");
}

TEST_CASE("a get that handed on bytes does not repeat after corrupt, one that did not does")
{
    Bench bench;
    auto remote = bench.retrying();
    bench.memory.set("name", bytes_of("content"));
    io::MemorySink sink;
    bench.faulty.cut_next_get(3, damaged);
    CHECK(failure_of([&] { remote.get("name", sink); }).kind() == Error::Kind::corrupt);
    CHECK(bench.pauses.empty());

    io::MemorySink again;
    bench.faulty.cut_next_get(0, damaged);
    remote.get("name", again);
    CHECK(io::text_of(again.view()) == "content");
}

TEST_CASE("a file that became shorter between two attempts is corrupt, not complete")
{
    Bench bench;
    bench.memory.set("name", bytes_of("content"));
    bench.faulty.cut_next_get(5, lost);
    remote::RetryingRemote remote{
        std::make_unique<support::LentRemote>(bench.faulty),
        {.on_failure = [&](const remote::FailedAttempt&) { bench.memory.set("name", {}); },
         .sleep = [](std::chrono::milliseconds, const std::stop_token&) {}}};
    io::MemorySink sink;
    CHECK(failure_of([&] { remote.get("name", sink); }).kind() == Error::Kind::corrupt);
}

TEST_CASE("a sink that fails is not the target's fault, and ends the get")
{
    class FullSink final : public io::Sink {
    public:
        void write(io::ByteView) override { throw Error{Error::Kind::unreachable, "pipe"}; }
    };
    Bench bench;
    auto remote = bench.retrying();
    bench.memory.set("name", bytes_of("content"));
    FullSink sink;
    CHECK(std::string{failure_of([&] { remote.get("name", sink); }).what()} == "pipe");
    CHECK(bench.pauses.empty());
}

TEST_CASE("a stop ends the operation instead of its next attempt")
{
    Bench bench;
    auto remote = bench.retrying();
    bench.faulty.fail_next("list", 5, lost);
    bench.stop.request_stop();
    CHECK(failure_of([&] { (void)remote.list(); }).kind() == Error::Kind::cancelled);
    CHECK(bench.recording.count("list") == 0);
    CHECK(bench.failures.size() == 1);
}

TEST_CASE("the default pause is cut short by a stop from another thread")
{
    support::MemoryRemote memory;
    support::FaultyRemote faulty{memory};
    faulty.fail_next("list", 1, lost);
    std::stop_source stop;
    std::atomic<bool> pausing{false};
    remote::RetryingRemote remote{std::make_unique<support::LentRemote>(faulty),
                                  {.delay_max = 1h,
                                   .stop = stop.get_token(),
                                   .on_failure =
                                       [&](const remote::FailedAttempt&) {
                                           pausing = true;
                                           pausing.notify_one();
                                       },
                                   // Hours, so that only the stop can end it before CTest does.
                                   .jitter = [] { return 1.0; }}};
    std::jthread stopper{[&] {
        pausing.wait(false);
        stop.request_stop();
    }};
    CHECK(failure_of([&] { (void)remote.list(); }).kind() == Error::Kind::cancelled);
}

TEST_CASE("a server that asks for patience is left alone for as long as it says")
{
    Bench bench;
    auto remote = bench.retrying();
    const auto busy = [](const char* seconds) {
        return Error{Error::Kind::unreachable, "slow down"}.with_facts(
            {{"throttled", "yes"}, {"retry_after", seconds}});
    };
    bench.faulty.fail_call(1, busy("90"));
    bench.faulty.fail_call(2, busy("0"));
    bench.faulty.fail_call(3, lost);
    CHECK(remote.list().empty());
    // At least what it said, and at least what any failure gets.
    CHECK(bench.pauses == std::vector<std::chrono::milliseconds>{90s, 2s, 4s});
}

TEST_CASE("ten wishes for patience are no attempts, those after them are")
{
    Bench bench;
    auto remote = bench.retrying(3);
    bench.faulty.fail_next(
        "list", 12,
        Error{Error::Kind::unreachable, "slow down"}.with_facts({{"throttled", "yes"}}));
    CHECK(remote.list().empty());
    CHECK(bench.pauses.size() == 12);

    bench.faulty.fail_next(
        "list", 13,
        Error{Error::Kind::unreachable, "slow down"}.with_facts({{"throttled", "yes"}}));
    const auto error = failure_of([&] { (void)remote.list(); });
    CHECK(error.kind() == Error::Kind::unreachable);
    REQUIRE(error.fact("attempts") != nullptr);
    CHECK(*error.fact("attempts") == "13");
}

TEST_CASE("a wish for patience that makes no sense is one for none")
{
    for (const auto* seconds : {"", "soon", "-5", "99999999999999999999"}) {
        CAPTURE(seconds);
        Bench bench;
        auto remote = bench.retrying();
        bench.faulty.fail_call(1, Error{Error::Kind::unreachable, "slow down"}.with_facts(
                                      {{"throttled", "yes"}, {"retry_after", seconds}}));
        CHECK(remote.list().empty());
        CHECK(bench.pauses == std::vector<std::chrono::milliseconds>{1s});
    }
}
