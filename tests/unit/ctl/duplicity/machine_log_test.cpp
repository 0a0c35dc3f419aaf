// Records of the machine log: bytes that duplicity 0.8.22 wrote (command-line.md 4).
#include "ctl/duplicity/machine_log.hpp"

#include "ctl/duplicity/reporter.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <unistd.h>

using namespace duplid::duplicity;

namespace {

/// What a reporter writes into a log file while `tell` talks to it.
template <class Tell>
std::string logged(const Tell& tell)
{
    std::string path = "/tmp/duplid-machine-log-XXXXXX";
    const int file = ::mkstemp(path.data());
    REQUIRE(file >= 0);
    {
        Reporter reporter;
        REQUIRE(reporter.add_log_file(path) == 0);
        tell(reporter);
    }
    std::string text(4096, '\0');
    const auto count = ::pread(file, text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    ::close(file);
    ::unlink(path.c_str());
    return text;
}

}  // namespace

TEST_CASE("names are quoted with escapes for all but printable ASCII")
{
    CHECK(duplid::duplicity::quoted("q'uote\\tab\t\xc3\xa9\xe2\x82\xac") ==
          R"('q\x27uote\\tab\t\xe9\u20ac')");
    CHECK(duplid::duplicity::quoted("sub/with space.txt") == "'sub/with space.txt'");
    CHECK(duplid::duplicity::quoted("a\nb\rc\x01\x7f") == R"('a\nb\rc\x01\x7f')");
    CHECK(duplid::duplicity::quoted("\xf0\x9f\x98\x80") == R"('\U0001f600')");
}

TEST_CASE("bytes that are no UTF-8 keep their record, unlike in the reference")
{
    CHECK(duplid::duplicity::quoted("bad\xff") == R"('bad\udcff')");
    CHECK(duplid::duplicity::quoted("\xc3") == R"('\udcc3')");
    // An overlong slash, and a surrogate, are bytes and no characters.
    CHECK(duplid::duplicity::quoted("\xc0\xaf") == R"('\udcc0\udcaf')");
    CHECK(duplid::duplicity::quoted("\xed\xa0\x80") == R"('\udced\udca0\udc80')");
    CHECK(record({.level = 5,
                  .code = 4,
                  .words = {duplid::duplicity::quoted("bad\xff")},
                  .payload = {},
                  .text = "A bad\xff"}) == "INFO 4 'bad\\udcff'\n. A bad\xef\xbf\xbd\n\n");
}

TEST_CASE("a record is a control line, dotted text and an empty line")
{
    CHECK(record({.level = 3, .words = {}, .payload = {}, .text = "a\n\nb\n"}) ==
          "NOTICE 1\n. a\n. \n. b\n. \n\n");
    CHECK(record({.level = 5, .code = 2, .words = {"186"}, .payload = {}, .text = {}}) ==
          "INFO 2 186\n\n");
    CHECK(record({.level = 0, .code = 30, .words = {"EOFError"}, .payload = {}, .text = "x"}) ==
          "ERROR 30 EOFError\n. x\n\n");
    CHECK(record({.level = 8,
                  .code = 3,
                  .words = {},
                  .payload = {"chain-complete", " full 20261121T210310Z 2 enc"},
                  .text = "t"}) ==
          "INFO 3 \nchain-complete\n full 20261121T210310Z 2 enc\n. t\n\n");
}

TEST_CASE("levels have the reference's words")
{
    struct Row {
        int level;
        const char* word;
    };
    for (const auto& row : {Row{0, "ERROR"}, Row{1, "WARNING"}, Row{2, "WARNING"}, Row{3, "NOTICE"},
                            Row{4, "NOTICE"}, Row{5, "INFO"}, Row{8, "INFO"}, Row{9, "DEBUG"}}) {
        CHECK(keyword(row.level) == row.word);
    }
}

TEST_CASE("one threshold decides, and forced records pass it")
{
    const auto tell = [](Reporter& reporter) {
        reporter.error(ErrorCode::generic, "e");
        reporter.warning("w");
        reporter.notice("n");
        reporter.info("i");
        reporter.debug("d");
        reporter.forced_notice("f");
    };
    struct Row {
        int verbosity;
        std::string text;
    };
    const std::string error = "ERROR 1\n. e\n\n";
    const std::string warning = "WARNING 1\n. w\n\n";
    const std::string notice = "NOTICE 1\n. n\n\n";
    const std::string info = "INFO 1\n. i\n\n";
    const std::string debug = "DEBUG 1\n. d\n\n";
    const std::string forced = "NOTICE 1\n. f\n\n";
    for (const auto& row :
         {Row{0, error + forced}, Row{2, error + warning + forced},
          Row{3, error + warning + notice + forced}, Row{4, error + warning + notice + forced},
          Row{8, error + warning + notice + info + forced},
          Row{9, error + warning + notice + info + debug + forced}}) {
        CAPTURE(row.verbosity);
        CHECK(logged([&](Reporter& reporter) {
                  reporter.set_verbosity(row.verbosity);
                  tell(reporter);
              }) == row.text);
    }
}
