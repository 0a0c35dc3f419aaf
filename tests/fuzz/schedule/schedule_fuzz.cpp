// Calendars, windows of hours and time spans: what is read can be printed and is then read as the
// same, and the moments of a calendar come one after the other.
#include "daemon/schedule/calendar.hpp"
#include "daemon/schedule/hours.hpp"
#include "daemon/schedule/span.hpp"
#include "storage/io/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace schedule = duplid::schedule;

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

template <class Check>
void if_it_is_read(Check check)
{
    try {
        check();
    } catch (const duplid::Error& error) {
        require(error.kind() == duplid::Error::Kind::invalid);
    }
}

const schedule::Instant start = std::chrono::sys_days{std::chrono::year{2026} / 10 / 24};

void check_calendar(std::string_view text, const schedule::Zone& zone)
{
    const auto calendar = schedule::Calendar::parse(text);
    require(schedule::Calendar::parse(calendar.text()).text() == calendar.text());
    auto moment = start;
    for (int count = 0; count < 3; ++count) {
        const auto next = calendar.next_after(moment, zone);
        if (!next) {
            return;
        }
        require(*next > moment);
        moment = *next;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto zone = schedule::Zone::of_rule("CET-1CEST,M3.5.0,M10.5.0/3");
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if_it_is_read([&] { check_calendar(text, *zone); });
    if_it_is_read([&] {
        const auto window = schedule::Hours::parse(text);
        require(schedule::Hours::parse(window.text()) == window);
        require(window.open_from(start, *zone) >= start);
    });
    if_it_is_read([&] {
        const auto span = schedule::parse_span(text);
        require(span >= schedule::Span::zero() && span <= schedule::span_max);
        require(schedule::parse_span(schedule::print_span(span)) == span);
    });
    return 0;
}
