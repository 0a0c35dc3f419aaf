#include "daemon/runs/event_log.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

using namespace duplid;
using daemon::EventLog;

namespace {

std::vector<proto::Event> all_from(const EventLog& log, std::uint64_t seq)
{
    std::vector<proto::Event> events;
    while (auto event = log.next(seq)) {
        seq = event->seq + 1;
        events.push_back(std::move(*event));
    }
    return events;
}

proto::ProgressEvent progress(std::uint64_t files)
{
    proto::ProgressEvent event;
    event.figures.files_done = files;
    return event;
}

}  // namespace

TEST_CASE("events are numbered from one and replayed from any number")
{
    EventLog log{9, [] {}};
    CHECK_FALSE(log.next(1).has_value());
    for (const auto* text : {"a", "b", "c"}) {
        log.append(proto::NoteEvent{text});
    }
    const auto all = all_from(log, 1);
    REQUIRE(all.size() == 3);
    CHECK(all[0].seq == 1);
    CHECK(all[0].run == 9);
    CHECK(all[2].seq == 3);
    CHECK(all_from(log, 3).size() == 1);
    CHECK(all_from(log, 4).empty());
    CHECK(log.range().first_seq == 1);
    CHECK(log.range().next_seq == 4);
}

TEST_CASE("of progress only the newest is kept, in its place among the others")
{
    EventLog log{1, [] {}};
    log.append(progress(1));
    log.append(proto::NoteEvent{"a"});
    log.append(progress(2));
    log.append(progress(3));
    log.append(proto::NoteEvent{"b"});
    const auto all = all_from(log, 1);
    REQUIRE(all.size() == 3);
    CHECK(all[0].seq == 2);
    CHECK(all[1].seq == 4);
    CHECK(std::get<proto::ProgressEvent>(all[1].what).figures.files_done == 3);
    CHECK(all[2].seq == 5);
}

TEST_CASE("a log that grows too long loses its oldest events, and says so")
{
    EventLog log{1, [] {}};
    for (std::size_t i = 0; i < EventLog::events_max + 10; ++i) {
        log.append(proto::NoteEvent{"x"});
    }
    const auto all = all_from(log, 1);
    REQUIRE(all.size() == EventLog::events_max + 1);
    REQUIRE(std::holds_alternative<proto::LostEvent>(all[0].what));
    CHECK(std::get<proto::LostEvent>(all[0].what).events == 10);
    CHECK(all[1].seq == 11);
    CHECK(log.range().first_seq == 11);
    // Somebody who was there all along misses nothing.
    CHECK(all_from(log, 11).front().seq == 11);
}

TEST_CASE("a few events of great length do not fill the memory either")
{
    EventLog log{1, [] {}};
    for (int i = 0; i < 100; ++i) {
        log.append(proto::NoteEvent{std::string(EventLog::text_bytes_max / 10, 'x')});
    }
    CHECK(all_from(log, 1).size() <= 11);
    CHECK(all_from(log, 1).back().seq == 100);
}

TEST_CASE("several threads may write while another reads, and every event arrives once")
{
    constexpr int writers = 4;
    constexpr int each = 500;
    EventLog log{1, [] {}};
    std::size_t seen = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < writers; ++i) {
            threads.emplace_back([&log] {
                for (int n = 0; n < each; ++n) {
                    log.append(proto::NoteEvent{"x"});
                }
            });
        }
        std::uint64_t seq = 1;
        while (seen < writers * each) {
            if (const auto event = log.next(seq)) {
                CHECK(event->seq == seq);
                seq = event->seq + 1;
                ++seen;
            }
        }
    }
    CHECK(log.range().next_seq == writers * each + 1);
}

TEST_CASE("a writer that keeps pace loses nothing of any length while somebody reads")
{
    constexpr std::size_t count = 3 * EventLog::events_max;
    EventLog log{1, [] {}};
    std::jthread writer{[&log](const std::stop_token& stop) {
        for (std::size_t i = 0; i < count; ++i) {
            log.append_paced(proto::ObjectEvent{"x", "made"}, stop);
        }
    }};
    std::uint64_t seq = 1;
    while (seq <= count) {
        if (const auto event = log.next(seq)) {
            REQUIRE(event->seq == seq);  // and none is `lost`
            ++seq;
        }
    }
}
