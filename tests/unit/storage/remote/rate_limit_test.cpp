// Method: the line is asked at times that the test names; what waits is shown by waits that would
// last for years unless they are ended.
#include "storage/remote/rate_limit.hpp"

#include <doctest/doctest.h>
#include <thread>

using namespace duplid;
using namespace std::chrono_literals;

namespace {

constexpr auto start = remote::Line::Time{} + std::chrono::hours{1};
constexpr std::uint64_t years_of_bytes = 1'000'000'000;

}  // namespace

TEST_CASE("a line without limit is always free")
{
    remote::Line line{0};
    for (int round = 0; round < 3; ++round) {
        CHECK(line.take(UINT64_MAX, start) == std::nullopt);
    }
}

TEST_CASE("bytes keep the line busy for as long as their rate says")
{
    remote::Line line{1000};
    CHECK(line.take(500, start) == std::nullopt);
    CHECK(line.take(1, start) == start + 500ms);
    CHECK(line.take(1, start + 499ms) == start + 500ms);
    CHECK(line.take(3000, start + 500ms) == std::nullopt);
    CHECK(line.take(1, start + 501ms) == start + 3500ms);
}

TEST_CASE("however pieces are cut, a second takes a second's bytes")
{
    for (const std::uint64_t piece : {1U, 16U, 100U, 1000U, 7000U}) {
        CAPTURE(piece);
        remote::Line line{1000};
        auto now = start;
        for (std::uint64_t sent = 0; sent < 14'000; sent += piece) {
            if (const auto free_at = line.take(piece, now)) {
                now = *free_at;
                REQUIRE(line.take(piece, now) == std::nullopt);
            }
        }
        // The last piece is still under way.
        const auto took = now - start + std::chrono::milliseconds{piece};
        CHECK(took == 14s);
    }
}

TEST_CASE("time in which nothing was sent is not saved up")
{
    remote::Line line{1000};
    CHECK(line.take(1000, start) == std::nullopt);
    CHECK(line.take(1000, start + 1h) == std::nullopt);
    CHECK(line.take(1, start + 1h) == start + 1h + 1s);
}

TEST_CASE("a new rate forgets what was taken at the old one")
{
    remote::Line line{1};
    CHECK(line.take(1'000'000, start) == std::nullopt);
    line.set(1000, start + 1s);
    CHECK(line.take(1000, start + 1s) == std::nullopt);
    CHECK(line.take(1, start + 1s) == start + 2s);
}

TEST_CASE("no number of bytes makes the clock turn over")
{
    remote::Line line{1};
    CHECK(line.take(UINT64_MAX, start) == std::nullopt);
    const auto free_at = line.take(1, start);
    REQUIRE(free_at);
    CHECK(*free_at > start + 24h * 365);
}

TEST_CASE("who waits goes on at once when the limit is lifted, raised or a stop is asked for")
{
    remote::RateLimit limit{1};
    std::stop_source stop;
    const auto take_twice = [&] {
        limit.take(years_of_bytes, stop.get_token());
        limit.take(years_of_bytes, stop.get_token());
    };
    {
        std::jthread waiter{take_twice};
        limit.set(0);
    }
    CHECK(limit.get() == 0);
    limit.set(1);
    {
        std::jthread waiter{take_twice};
        // So wide that the years pass in a moment.
        limit.set(UINT64_MAX);
    }
    limit.set(1);
    {
        std::jthread waiter{take_twice};
        stop.request_stop();
    }
    limit.take(years_of_bytes, stop.get_token());
    CHECK(stop.stop_requested());
}
