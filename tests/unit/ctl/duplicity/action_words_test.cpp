// Which action a command line means. Cases and texts: command-line.md 1, and 0.8.22 as run.
#include "ctl/duplicity/action_words.hpp"

#include "ctl/duplicity/fatal.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace duplid::duplicity;

namespace {

std::string complaint(const std::vector<std::string>& positionals)
{
    try {
        static_cast<void>(named_action(positionals));
    } catch (const Fatal& fatal) {
        CHECK(fatal.code() == ErrorCode::command_line);
        return fatal.what();
    }
    return "";
}

std::string sentence(const std::string& message)
{
    return "Command line error: " + message + "\nEnter 'duplicity --help' for help screen.";
}

}  // namespace

TEST_CASE("an action may be shortened to any prefix that no other has")
{
    struct Row {
        const char* word;
        Action action;
    };
    const std::string url = "file:///x";
    for (const auto& row :
         {Row{"full", Action::full}, Row{"f", Action::full}, Row{"inc", Action::incremental},
          Row{"incr", Action::incremental}, Row{"i", Action::incremental},
          Row{"list", Action::list_current_files}, Row{"col", Action::collection_status},
          Row{"v", Action::verify}, Row{"res", Action::restore}, Row{"rep", Action::replicate},
          Row{"cl", Action::cleanup}, Row{"remove-o", Action::remove_older_than},
          Row{"remove-all-b", Action::remove_all_but_n_full}}) {
        CAPTURE(row.word);
        CHECK(named_action({row.word, url}) == row.action);
    }
}

TEST_CASE("a directory whose name begins an action is taken for it, as the reference takes it")
{
    CHECK(named_action({"full", "file:///x"}) == Action::full);
    CHECK(named_action({"f", "file:///x"}) == Action::full);
    CHECK(complaint({"r", "file:///x"}) ==
          sentence("command 'r' not unique, could be ['remove-older-than', "
                   "'remove-all-but-n-full', 'remove-all-inc-of-but-n-full', 'restore', "
                   "'replicate']"));
    CHECK(complaint({"c"}) ==
          sentence("command 'c' not unique, could be ['cleanup', 'collection-status']"));
    CHECK(named_action({"./r", "file:///x"}) == std::nullopt);
    CHECK(named_action({"source", "file:///x"}) == std::nullopt);
    CHECK(complaint({}) == sentence("Expected 2 args, got 0"));
}

TEST_CASE("words of 3.x are actions where what follows fits, else paths")
{
    const std::string url = "file:///x";
    CHECK(named_action({"backup", "/a", url}) == Action::implied_backup);
    CHECK(named_action({"backup", url}) == std::nullopt);
    CHECK(named_action({"bu", "/a", url}) == Action::implied_backup);
    CHECK(named_action({"st", url}) == Action::collection_status);
    CHECK(named_action({"st", "/a"}) == std::nullopt);
    CHECK(named_action({"ro", "3D", url}) == Action::remove_older_than);
    CHECK(named_action({"rb", url, "/a"}) == Action::restore);
    CHECK(named_action({"rb", "/a", url}) == std::nullopt);
    CHECK(named_action({"ls", url}) == Action::list_current_files);
}

TEST_CASE("the order of path and URL decides between backup and restore")
{
    const std::string url = "file:///x";
    CHECK(action_for(std::nullopt, "/a", url) == Action::implied_backup);
    CHECK(action_for(std::nullopt, url, "/a") == Action::restore);
    CHECK(action_for(Action::incremental, "/a", url) == Action::incremental);
    CHECK(action_for(Action::verify, url, "/a") == Action::verify);
    // Not a URL, although something stands before a colon (command-line.md 8.1).
    CHECK(action_for(std::nullopt, "a:b", url) == Action::implied_backup);
    CHECK_THROWS_WITH(static_cast<void>(action_for(Action::full, url, "/a")),
                      sentence("full option cannot be used when restoring or verifying").c_str());
    CHECK_THROWS_WITH(static_cast<void>(action_for(Action::verify, "/a", url)),
                      sentence("verify option cannot be used when backing up").c_str());
    CHECK_THROWS_WITH(static_cast<void>(action_for(Action::restore, "/a", url)),
                      sentence("restore option cannot be used when backing up").c_str());
    CHECK_THROWS_WITH(static_cast<void>(action_for(std::nullopt, url, url)),
                      sentence("Two URLs specified.  One argument should be a path.").c_str());
    CHECK_THROWS_AS(static_cast<void>(action_for(std::nullopt, "/a", "/b")), Fatal);
}
