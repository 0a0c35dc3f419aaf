// Answers questions about calendars and time spans, one a line, so that
// tests/daemon/calendar_test.py can compare the answers with systemd's:
//
//   calendar BASE COUNT ZONE EXPRESSION    the normalised text, then up to COUNT moments after BASE
//                                          (epoch seconds) in microseconds, local time being ZONE's
//   span TEXT                              microseconds, then the normalised text
//
// Answers are separated by tabs; `!` and a message is an error.
#include "daemon/schedule/calendar.hpp"
#include "daemon/schedule/span.hpp"
#include "storage/io/error.hpp"

#include <iostream>
#include <sstream>
#include <string>

namespace schedule = duplid::schedule;

namespace {

std::string rest_of(std::istringstream& words)
{
    words.get();
    std::string rest;
    std::getline(words, rest);
    return rest;
}

void answer_calendar(std::istringstream& words)
{
    long long base = 0;
    int count = 0;
    std::string zone;
    words >> base >> count >> zone;
    const auto local = schedule::Zone::named(zone);
    const auto calendar = schedule::Calendar::parse(rest_of(words));
    std::cout << calendar.text();
    schedule::Instant moment{std::chrono::seconds{base}};
    for (; count > 0; --count) {
        const auto next = calendar.next_after(moment, *local);
        if (!next) {
            break;
        }
        moment = *next;
        std::cout << '\t' << moment.time_since_epoch().count();
    }
}

void answer_span(std::istringstream& words)
{
    const auto span = schedule::parse_span(rest_of(words));
    std::cout << span.count() << '\t' << schedule::print_span(span);
}

}  // namespace

int main()
{
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words{line};
        std::string question;
        words >> question;
        try {
            question == "span" ? answer_span(words) : answer_calendar(words);
        } catch (const duplid::Error& error) {
            std::cout << "!\t" << error.what();
        }
        std::cout << '\n';
    }
    return 0;
}
