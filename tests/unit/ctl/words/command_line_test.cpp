#include "ctl/words/command_line.hpp"

#include "ctl/process/failure.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace duplid;
using ctl::OptionId;
using ctl::VerbId;

namespace {

ctl::CommandLine parsed(const std::vector<std::string>& words)
{
    return std::get<ctl::CommandLine>(ctl::parse_command_line(words));
}

int status_of(const std::vector<std::string>& words)
{
    try {
        static_cast<void>(ctl::parse_command_line(words));
    } catch (const ctl::Failure& failure) {
        return static_cast<int>(failure.error().exit_code());
    }
    return 0;
}

}  // namespace

TEST_CASE("options keep the order of the command line, whatever stands between them")
{
    const auto line = parsed({"backup", "--exclude", "a", "--volsize=5", "--include=b", "/src",
                              "--exclude-other-filesystems", "file:///t", "--exclude", "c",
                              "--include-regexp", "d"});
    CHECK(line.verb == VerbId::backup);
    CHECK(line.positionals == std::vector<std::string>{"/src", "file:///t"});
    std::vector<std::pair<OptionId, std::string>> given;
    for (const auto& option : line.given) {
        given.emplace_back(option.id, option.value);
    }
    CHECK(given ==
          std::vector<std::pair<OptionId, std::string>>{{OptionId::exclude, "a"},
                                                        {OptionId::volsize, "5"},
                                                        {OptionId::include, "b"},
                                                        {OptionId::exclude_other_filesystems, ""},
                                                        {OptionId::exclude, "c"},
                                                        {OptionId::include_regexp, "d"}});
}

TEST_CASE("values are taken as they are, however much they look like something else")
{
    struct Row {
        std::string value;
    };
    for (const auto& row :
         {Row{"[ab]"}, Row{"[a,b]"}, Row{"-x"}, Row{"--volsize"}, Row{""}, Row{"a b"}, Row{"a\nb"},
          Row{"**"}, Row{"'quoted'"}, Row{"\"q\""}, Row{"a=b"}, Row{"\xff\xfe"}, Row{"--"},
          Row{"{}"}, Row{"%%"}, Row{"true"}}) {
        CAPTURE(row.value);
        CHECK(parsed({"backup", "--exclude", row.value, "/s", "file:///t"})
                  .values(OptionId::exclude) == std::vector{row.value});
        CHECK(parsed({"backup", "--exclude=" + row.value, "/s", "file:///t"})
                  .values(OptionId::exclude) == std::vector{row.value});
    }
}

TEST_CASE("what follows -- is positional")
{
    CHECK(parsed({"restore", "--", "file:///t", "-odd"}).positionals ==
          std::vector<std::string>{"file:///t", "-odd"});
}

TEST_CASE("all of duplicity's spellings of an option mean the same")
{
    for (const auto& words : {std::vector<std::string>{"-t3D"},
                              {"-t", "3D"},
                              {"--time", "3D"},
                              {"--restore-time=3D"}}) {
        auto all = words;
        all.insert(all.begin(), "list-current-files");
        all.emplace_back("file:///t");
        CHECK(parsed(all).value(OptionId::time) == "3D");
    }
    for (const std::string name : {"-r", "--file-to-restore", "--path-to-restore"}) {
        CHECK(parsed({"restore", name, "p", "file:///t", "d"}).value(OptionId::file_to_restore) ==
              "p");
    }
}

TEST_CASE("the last of a repeated option counts, as in duplicity")
{
    CHECK(parsed({"backup", "--volsize", "1", "--volsize", "2", "/s", "file:///t"})
              .value(OptionId::volsize) == "2");
}

TEST_CASE("the daemon and the form of output may be named before the verb")
{
    const auto line = parsed({"--user", "--json", "status"});
    CHECK(line.has(OptionId::user));
    CHECK(line.has(OptionId::json));
    CHECK(parsed({"--socket", "/x", "status"}).value(OptionId::socket) == "/x");
    CHECK(status_of({"--user", "version"}) == 2);
}

TEST_CASE("a command line that makes no sense ends with status 2")
{
    for (const auto& words : {std::vector<std::string>{},
                              {"nonsense"},
                              {"backup"},
                              {"backup", "/s"},
                              {"backup", "/s", "file:///t", "more"},
                              {"backup", "--no-such-option", "/s", "file:///t"},
                              {"backup", "/s", "file:///t", "--volsize"},
                              {"backup", "--full=yes", "/s", "file:///t"},
                              {"collection-status", "--exclude", "x", "file:///t"},
                              {"status", "--full"}}) {
        CHECK(status_of(words) == 2);
    }
}

TEST_CASE("a mistyped verb is answered with the one that was meant")
{
    try {
        static_cast<void>(ctl::parse_command_line(std::vector<std::string>{"bakcup"}));
        FAIL("accepted");
    } catch (const ctl::Failure& failure) {
        CHECK(failure.error().hint == "did you mean \"backup\"?");
    }
}

TEST_CASE("a mistyped option is answered with the one that was meant, and another verb's is told")
{
    struct Row {
        std::vector<std::string> words;
        std::string cause;
        std::string hint;
    };
    for (const auto& row :
         {Row{{"backup", "--volzise", "5", "/s", "file:///t"},
              "there is no such option",
              "did you mean --volsize?"},
          Row{{"status", "--jsn"}, "there is no such option", "did you mean --json?"},
          Row{{"history", "home", "--snice=3D"},
              "there is no such option",
              "did you mean --since?"},
          // Near enough to an option, but not to one of this verb.
          Row{{"status", "--volsize", "5"},
              "--volsize has no meaning for \"status\"",
              "duplictl status --help"},
          Row{{"backup", "/s", "file:///t", "-H", "nas"},
              "--host has no meaning for \"backup\"",
              "duplictl backup --help"}}) {
        CAPTURE(row.cause);
        try {
            static_cast<void>(ctl::parse_command_line(row.words));
            FAIL("accepted");
        } catch (const ctl::Failure& failure) {
            CHECK(failure.error().cause == row.cause);
            CHECK(failure.error().hint == row.hint);
        }
    }
}

TEST_CASE("words for a completion are taken as they are")
{
    const auto line = parsed({"complete", "paths", "-x", "restore", "--no-such", "--", "", "["});
    CHECK(line.verb == VerbId::complete);
    CHECK(line.positionals ==
          std::vector<std::string>{"paths", "-x", "restore", "--no-such", "--", "", "["});
}

TEST_CASE("a URL is what has a scheme and two slashes, and everything else a path")
{
    for (const std::string url : {"file:///a", "file://a", "file:/a", "sftp://u@h/p", "s3://b",
                                  "par2+file:///a", "ODD+x.y-z://q"}) {
        CHECK(ctl::is_url(url));
    }
    for (const std::string path : {"a:b", "./a:b", "a_b://x", "C:\\x", "/file:///a", "", ":",
                                   "://x", "1a://x", "sftp:/x", "file:a"}) {
        CHECK_FALSE(ctl::is_url(path));
    }
}

TEST_CASE("passwords in URLs are overwritten in the process's own arguments")
{
    std::vector<std::string> words{"backup",          "/s",          "sftp://me:s3cr@t@host/p",
                                   "sftp://me@host/", "ftp://a:b@c", "sftp://host:22/a:b@c"};
    std::vector<char*> argv;
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    ctl::hide_passwords(argv);
    CHECK(words == std::vector<std::string>{"backup", "/s", "sftp://me:******@host/p",
                                            "sftp://me@host/", "ftp://a:*@c",
                                            "sftp://host:22/a:b@c"});
}

TEST_CASE("passwords in URLs are overwritten behind the names of options and targets, too")
{
    std::vector<std::string> words{"--target", "nas=sftp://me:s3cret@host/p",
                                   "--target=usb=ftp://a:b@c", "usb=file:///a=b:c@d"};
    std::vector<char*> argv;
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    ctl::hide_passwords(argv);
    CHECK(words == std::vector<std::string>{"--target", "nas=sftp://me:******@host/p",
                                            "--target=usb=ftp://a:*@c", "usb=file:///a=b:c@d"});
}

TEST_CASE("an option that two verbs spell alike is each time the verb's own")
{
    CHECK(parsed({"restore", "--job", "home", "--target", "nas", "/out"})
              .value(OptionId::job_target) == "nas");
    const auto line = parsed({"job", "add", "home", "/home", "--target", "nas=sftp://nas/home",
                              "--target=usb=file:///usb"});
    CHECK(line.values(OptionId::add_target) ==
          std::vector<std::string>{"nas=sftp://nas/home", "usb=file:///usb"});
    CHECK_FALSE(line.has(OptionId::job_target));
    CHECK(status_of({"job-list", "--target", "nas"}) == 2);
}

TEST_CASE("a verb of two words is the one with a dash between them")
{
    CHECK(parsed({"job", "list"}).verb == VerbId::job_list);
    CHECK(parsed({"--json", "job", "show", "home"}).positionals ==
          std::vector<std::string>{"home"});
    CHECK(parsed({"run", "stop", "3"}).verb == VerbId::run_stop);
    // A job may be called as it likes.
    CHECK(parsed({"job-show", "job"}).positionals == std::vector<std::string>{"job"});
    CHECK(status_of({"job"}) == 2);
    CHECK(status_of({"job", "lost"}) == 2);
}

TEST_CASE("with --job there is no URL among the positionals, and all others keep their places")
{
    auto line = parsed({"restore", "--job", "home", "/out"});
    CHECK(line.positionals == std::vector<std::string>{"job:home", "/out"});
    line = parsed({"remove-older-than", "6M", "--job=home"});
    CHECK(line.positionals == std::vector<std::string>{"6M", "job:home"});
    line = parsed({"list-current-files", "--job", "home"});
    CHECK(line.positionals == std::vector<std::string>{"job:home"});
    CHECK(status_of({"restore", "--job", "home"}) == 2);
    CHECK(status_of({"restore", "--job", "home", "file:///t", "/out"}) == 2);
    CHECK(status_of({"backup", "--job", "home", "/src"}) == 2);
    // That it stands elsewhere as a value means nothing.
    CHECK(parsed({"backup", "--exclude", "--job", "/src", "file:///t"}).positionals.size() == 2);
}

TEST_CASE("the last positional of some verbs takes all that is left")
{
    CHECK(parsed({"job", "set", "home", "a=1", "b.c=2", "d="}).positionals ==
          std::vector<std::string>{"home", "a=1", "b.c=2", "d="});
    // Of job-set none may be left, since --target is something to set, too.
    CHECK(parsed({"job", "set", "home"}).positionals == std::vector<std::string>{"home"});
    CHECK(status_of({"job", "set"}) == 2);
}
