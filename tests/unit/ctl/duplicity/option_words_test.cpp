// The grammar of duplicity's command line. Every text was printed by duplicity 0.8.22.
#include "ctl/duplicity/option_words.hpp"

#include "ctl/duplicity/fatal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace duplid::duplicity;

namespace {

struct Result {
    std::vector<std::pair<std::string, std::vector<std::string>>> options;
    std::vector<std::string> positionals;
};

Result read(const std::vector<std::string>& words, bool modern = false)
{
    Result result;
    result.positionals = read_words(words, modern, [&](const GivenOption& given) {
        result.options.emplace_back(given.name, given.values);
    });
    return result;
}

std::string complaint(const std::vector<std::string>& words)
{
    try {
        static_cast<void>(read_words(words, false, [](const GivenOption& given) {
            if (given.option.value == ValueKind::number) {
                static_cast<void>(number_from(given));
            }
        }));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

std::int64_t volsize(const std::string& text)
{
    std::int64_t number = -1;
    static_cast<void>(read_words(std::vector<std::string>{"--volsize=" + text}, false,
                                 [&](const GivenOption& given) { number = number_from(given); }));
    return number;
}

}  // namespace

TEST_CASE("options and positionals may be mixed, and values bound or apart")
{
    const auto result = read({"full", "-v4", "--volsize", "5", "/a", "-t3D", "--name=x=y",
                              "file:///b", "-r", "p", "--gpg-options", "--pinentry-mode loopback"});
    CHECK(result.positionals == std::vector<std::string>{"full", "/a", "file:///b"});
    using Given = std::pair<std::string, std::vector<std::string>>;
    CHECK(result.options == std::vector<Given>{{"-v", {"4"}},
                                               {"--volsize", {"5"}},
                                               {"-t", {"3D"}},
                                               {"--name", {"x=y"}},
                                               {"-r", {"p"}},
                                               {"--gpg-options", {"--pinentry-mode loopback"}}});
}

TEST_CASE("two dashes end the options, and one dash is a positional")
{
    CHECK(read({"-", "--", "--dry-run", "-v"}).positionals ==
          std::vector<std::string>{"-", "--dry-run", "-v"});
}

TEST_CASE("an option of two values takes the first one bound, too")
{
    const auto result = read({"--rename=a", "b", "--rename", "c", "d"});
    CHECK(result.options[0].second == std::vector<std::string>{"a", "b"});
    CHECK(result.options[1].second == std::vector<std::string>{"c", "d"});
}

TEST_CASE("unique prefixes are options, an exact name before all")
{
    CHECK(read({"--no-enc"}).options[0].first == "--no-encryption");
    CHECK(read({"--dry"}).options[0].first == "--dry-run");
    CHECK(read({"--include=x"}).options[0].first == "--include");
    CHECK(read({"--vol=3"}).options[0].first == "--volsize");
}

TEST_CASE("a prefix that was unique in the reported version stays so beside options of the other")
{
    CHECK(read({"--copy"}).options[0].first == "--copy-links");
    CHECK(read({"--restore=now"}).options[0].first == "--restore-time");
    CHECK(read({"--conc=2"}).options[0].first == "--concurrency");
}

TEST_CASE("mistakes are told in the reference's words")
{
    struct Row {
        std::vector<std::string> words;
        std::string text;
    };
    for (const auto& row :
         {Row{{"--frob"}, "no such option: --frob"}, Row{{"-x"}, "no such option: -x"},
          Row{{"--extra-clean"}, "no such option: --extra-clean"},
          Row{{"--volsize"}, "--volsize option requires 1 argument"},
          Row{{"--rename", "x"}, "--rename option requires 2 arguments"},
          Row{{"--volsize", "abc"}, "option --volsize: invalid integer value: 'abc'"},
          Row{{"--volsize=08"}, "option --volsize: invalid integer value: '08'"},
          Row{{"--dry-run=3"}, "--dry-run option does not take a value"},
          Row{{"--version=3"}, "--version option does not take a value"},
          Row{{"--v"}, "ambiguous option: --v (--verbosity, --version, --volsize?)"},
          Row{{"--no"},
              "ambiguous option: --no (--no-compression, --no-encryption, --no-files-changed, "
              "--no-print-statistics?)"},
          Row{{"--re"}, "ambiguous option: --re (--rename, --restore-time?)"},
          Row{{"--e"},
              "ambiguous option: --e (--encrypt-key, --encrypt-secret-keyring, --encrypt-sign-key, "
              "--exclude, --exclude-device-files, --exclude-filelist, --exclude-filelist-stdin, "
              "--exclude-globbing-filelist, --exclude-if-present, --exclude-older-than, "
              "--exclude-other-filesystems, --exclude-regexp?)"}}) {
        CAPTURE(row.text);
        CHECK(complaint(row.words) == row.text);
    }
}

TEST_CASE("numbers may be written as Python writes them")
{
    CHECK(volsize("0x10") == 16);
    CHECK(volsize("0b11") == 3);
    CHECK(volsize("010") == 8);
    CHECK(volsize("0") == 0);
    CHECK(volsize("25") == 25);
    CHECK(volsize("-3") == -3);
    CHECK_THROWS_AS(volsize(""), UsageError);
    CHECK_THROWS_AS(volsize("--3"), UsageError);
    CHECK_THROWS_AS(volsize("99999999999999999999"), UsageError);
}

TEST_CASE("no name stands twice in the table, and each option is explained")
{
    std::set<std::string_view> names;
    for (const auto& option : options()) {
        CAPTURE(option.names);
        CHECK_FALSE(option.about.empty());
        CHECK(option.about.find('\'') == std::string_view::npos);
        CHECK((option.value == ValueKind::none) == option.metavar.empty());
        each_name(option, [&](std::string_view name) { CHECK(names.insert(name).second); });
    }
}
