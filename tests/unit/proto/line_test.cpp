#include "proto/line.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace duplid;

namespace {

std::vector<std::string> drain(proto::LineSplitter& splitter)
{
    std::vector<std::string> lines;
    while (const auto line = splitter.next()) {
        lines.emplace_back(proto::text_of(*line));
    }
    return lines;
}

}  // namespace

TEST_CASE("lines come out whole, however their bytes arrive")
{
    const std::string stream = "{\"a\":1}\n\n{\"b\":\"\xC3\xA4\"}\r\n\r\nlast\nopen";
    const std::vector<std::string> expected{"{\"a\":1}", "{\"b\":\"\xC3\xA4\"}", "last"};
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        CAPTURE(step);
        proto::LineSplitter splitter;
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            splitter.feed(stream.substr(at, step));
            for (auto& line : drain(splitter)) {
                lines.push_back(std::move(line));
            }
        }
        CHECK(lines == expected);
        CHECK(splitter.pending() == 4);
        CHECK_FALSE(splitter.overflowed());
    }
}

TEST_CASE("a line may have exactly the limit's bytes, newline included, and no more")
{
    struct Row {
        std::size_t bytes;
        bool overflows;
    };
    for (const auto& row : {Row{15, false}, Row{16, true}}) {
        CAPTURE(row.bytes);
        proto::LineSplitter splitter{16};
        splitter.feed(std::string(row.bytes, 'x') + "\n");
        CHECK(drain(splitter).size() == (row.overflows ? 0 : 1));
        CHECK(splitter.overflowed() == row.overflows);
    }
}

TEST_CASE("a line that never ends is given up as soon as it is too long, and its memory is freed")
{
    proto::LineSplitter splitter{1000};
    for (int i = 0; i < 50 && !splitter.overflowed(); ++i) {
        splitter.feed(std::string(100, 'x'));
        CHECK(drain(splitter).empty());
        CHECK(splitter.pending() <= 1000);
    }
    CHECK(splitter.overflowed());
    CHECK(splitter.pending() == 0);
    splitter.feed("ok\n");
    CHECK(drain(splitter).empty());
}

TEST_CASE("lines before one that is too long are still given out")
{
    proto::LineSplitter splitter{10};
    splitter.feed("one\ntwo\n" + std::string(20, 'x') + "\nthree\n");
    CHECK(drain(splitter) == std::vector<std::string>{"one", "two"});
    CHECK(splitter.overflowed());
}
