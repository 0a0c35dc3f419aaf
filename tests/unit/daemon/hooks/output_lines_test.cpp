#include "daemon/hooks/output_lines.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace duplid;

namespace {

struct Heard {
    std::vector<std::string> lines;
    hooks::OutputLines output{[this](std::string_view line) { lines.emplace_back(line); }};
};

}  // namespace

TEST_CASE("lines are told one by one, however they come in, the last one without its end too")
{
    Heard heard;
    heard.output.feed("on");
    heard.output.feed("e\ntwo\r\n\nfo");
    CHECK(heard.lines == std::vector<std::string>{"one", "two", ""});
    heard.output.feed("ur");
    heard.output.finish();
    heard.output.finish();
    CHECK(heard.lines == std::vector<std::string>{"one", "two", "", "four"});
}

TEST_CASE("what a terminal would obey, and what is no UTF-8, is shown as what it is not")
{
    Heard heard;
    heard.output.feed("a\x1b[31mred\tb\xff"
                      "c\x7f gr\xc3\xbc\xc3\x9f"
                      "e\n");
    CHECK(heard.lines == std::vector<std::string>{"a?[31mred\tb\xef\xbf\xbd"
                                                  "c? gr\xc3\xbc\xc3\x9f"
                                                  "e"});
}

TEST_CASE("a line without end keeps its beginning")
{
    Heard heard;
    for (int i = 0; i < 100; ++i) {
        heard.output.feed(std::string(1000, 'x'));
    }
    CHECK(heard.lines.empty());
    heard.output.feed("\nnext\n");
    REQUIRE(heard.lines.size() == 2);
    CHECK(heard.lines[0] == std::string(hooks::OutputLines::line_bytes_max, 'x') + " ...");
    CHECK(heard.lines[1] == "next");
}

TEST_CASE("more than a log can take is cut, and one line says so")
{
    for (const auto* const line : {"y\n", "a line of some hundred bytes, as programs print them "
                                          "when they tell of each of the files that they "
                                          "look at: /usr/share/doc/bash/README\n"}) {
        CAPTURE(line);
        Heard heard;
        std::size_t bytes = 0;
        for (int i = 0; i < 100'000; ++i) {
            heard.output.feed(line);
        }
        heard.output.finish();
        for (const auto& one : heard.lines) {
            bytes += one.size();
        }
        CHECK(heard.lines.size() <= hooks::OutputLines::lines_max + 1);
        CHECK(bytes <= hooks::OutputLines::bytes_max + 100);
        CHECK(heard.lines.front() + "\n" == line);
        CHECK(heard.lines.back().find("left out") != std::string::npos);
        CHECK(heard.lines[heard.lines.size() - 2] == heard.lines.front());
    }
}

TEST_CASE("the last words are there although nothing more is told, or nobody is")
{
    Heard heard;
    CHECK(heard.output.last().empty());
    heard.output.feed("one\ntwo\r\n\nthr");
    CHECK(heard.output.last() == "one | two | thr");
    heard.output.feed("ee\nfour\x1b");
    CHECK(heard.output.last() == "two | three | four?");
    for (int i = 0; i < 10'000; ++i) {
        heard.output.feed("again and again\n");
    }
    heard.output.feed("disk is full\nbye\n");
    heard.output.finish();
    CHECK(heard.output.last() == "again and again | disk is full | bye");
    CHECK(heard.lines.back().find("left out") != std::string::npos);

    hooks::OutputLines unheard{nullptr};
    unheard.feed(std::string(100'000, 'x'));
    CHECK(unheard.last() == std::string(hooks::OutputLines::tail_bytes_max, 'x'));
}
