#include "daemon/schedule/span.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace duplid;
using namespace std::chrono;
using schedule::parse_span;
using schedule::print_span;
using schedule::Span;

TEST_CASE("time spans are sums of numbers with systemd's units")
{
    struct Row {
        std::string text;
        Span expected;
    };
    // Compared with `systemd-analyze timespan` by daemon/calendar_test.py, too.
    for (const auto& row : {Row{"90", 90s},
                            Row{"2h 30min", 2h + 30min},
                            Row{"1w", 168h},
                            Row{"2hours", 2h},
                            Row{"1h30min", 1h + 30min},
                            Row{"5 min", 5min},
                            Row{" 1 s ", 1s},
                            Row{"1.5h", 90min},
                            Row{".5s", 500ms},
                            Row{"1month", 2'629'800s},
                            Row{"1M", 2'629'800s},
                            Row{"1m", 1min},
                            Row{"1y", 31'557'600s},
                            Row{"3us 2ms", 2003us},
                            Row{"1\xc2\xb5s", 1us},
                            Row{"1\xce\xbcs", 1us},
                            Row{"0", 0s},
                            Row{"1h 1h", 2h},
                            Row{"5 5", 10s},
                            Row{"1d 1", 86'401s},
                            Row{"1.0000019s", 1'000'001us}}) {
        CAPTURE(row.text);
        CHECK(parse_span(row.text) == row.expected);
    }
}

TEST_CASE("what is no time span is refused, saying at which character")
{
    struct Row {
        std::string text;
        std::string place;
    };
    for (const auto& row :
         {Row{"", "character 1:"}, Row{"h", "character 1:"}, Row{"-1h", "character 1:"},
          Row{"+1h", "character 1:"}, Row{"1x", "character 2:"},
          Row{"1h 2 parsecs", "character 6:"}, Row{"5:30", "character 2:"},
          Row{"1.h", "character 3:"}, Row{"1.2.3", "character 4:"}, Row{"infinity", "character 1:"},
          Row{"1001y", "character 1:"}, Row{"1hmin", "character 2:"},
          Row{"99999999999999999999", "character 1:"}, Row{"999y 500d", "character 6:"}}) {
        CAPTURE(row.text);
        try {
            (void)parse_span(row.text);
            FAIL_CHECK("was read");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
            CHECK(std::string{error.what()}.find(row.place) != std::string::npos);
            CHECK(error.object() == row.text);
            CHECK_FALSE(error.hint().empty());
        }
    }
}

TEST_CASE("a span is printed with each unit once, and read as the same")
{
    struct Row {
        Span span;
        std::string expected;
    };
    for (const auto& row :
         {Row{0s, "0"}, Row{90s, "1min 30s"}, Row{2h + 30min, "2h 30min"}, Row{168h, "1w"},
          Row{31'557'600s + 2 * 2'629'800s + 25h, "1y 2month 1d 1h"}, Row{1500ms, "1s 500ms"},
          Row{1us, "1us"}}) {
        CHECK(print_span(row.span) == row.expected);
        CHECK(parse_span(row.expected) == row.span);
    }
}
