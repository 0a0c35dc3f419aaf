#include "ctl/duplicity/action_words.hpp"

#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/option_words.hpp"
#include "ctl/words/command_line.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>

namespace duplid::duplicity {

namespace {

struct ActionWord {
    std::string_view word;
    Action action;
};

// In the order in which the reference lists candidates.
constexpr std::array words{
    ActionWord{"cleanup", Action::cleanup},
    ActionWord{"collection-status", Action::collection_status},
    ActionWord{"full", Action::full},
    ActionWord{"incremental", Action::incremental},
    ActionWord{"list-current-files", Action::list_current_files},
    ActionWord{"remove-older-than", Action::remove_older_than},
    ActionWord{"remove-all-but-n-full", Action::remove_all_but_n_full},
    ActionWord{"remove-all-inc-of-but-n-full", Action::remove_all_inc_of_but_n_full},
    ActionWord{"restore", Action::restore},
    ActionWord{"verify", Action::verify},
    ActionWord{"replicate", Action::replicate},
};

// Words of 3.x that are none in 0.8.
constexpr std::array aliases{
    ActionWord{"backup", Action::implied_backup},
    ActionWord{"bu", Action::implied_backup},
    ActionWord{"cl", Action::cleanup},
    ActionWord{"fb", Action::full},
    ActionWord{"ib", Action::incremental},
    ActionWord{"ls", Action::list_current_files},
    ActionWord{"ra", Action::remove_all_but_n_full},
    ActionWord{"rb", Action::restore},
    ActionWord{"ri", Action::remove_all_inc_of_but_n_full},
    ActionWord{"ro", Action::remove_older_than},
    ActionWord{"st", Action::collection_status},
    ActionWord{"vb", Action::verify},
};

bool takes_number_or_time(Action action) noexcept
{
    return action == Action::remove_older_than || action == Action::remove_all_but_n_full ||
           action == Action::remove_all_inc_of_but_n_full;
}

/// Whether what follows an alias is what its action wants. Else the word is a path, as in 0.8.
bool fits(Action action, std::span<const std::string> rest)
{
    if (rest.size() != expected_positionals(action) + (takes_number_or_time(action) ? 1 : 0)) {
        return false;
    }
    if (is_backup(action)) {
        return !ctl::is_url(rest[0]) && ctl::is_url(rest[1]);
    }
    if (action == Action::restore || action == Action::verify) {
        return ctl::is_url(rest[0]) && !ctl::is_url(rest[1]);
    }
    return ctl::is_url(rest.back());
}

}  // namespace

std::string_view name_of(Action action) noexcept
{
    // The reference has one word for both kinds of incremental backups, and short ones for two
    // more.
    switch (action) {
    case Action::incremental:
    case Action::implied_backup:
        return "inc";
    case Action::list_current_files:
        return "list-current";
    case Action::remove_older_than:
        return "remove-old";
    default:
        break;
    }
    return std::ranges::find(words, action, &ActionWord::action)->word;
}

bool is_backup(Action action) noexcept
{
    return action == Action::full || action == Action::incremental ||
           action == Action::implied_backup;
}

std::optional<Action> named_action(const std::vector<std::string>& positionals)
{
    if (positionals.empty()) {
        throw command_line_error("Expected 2 args, got 0");
    }
    const auto& word = positionals.front();
    if (const auto* const exact = std::ranges::find(words, word, &ActionWord::word);
        exact != words.end()) {
        return exact->action;
    }
    if (const auto* const alias = std::ranges::find(aliases, word, &ActionWord::word);
        alias != aliases.end() && fits(alias->action, std::span{positionals}.subspan(1))) {
        return alias->action;
    }
    std::vector<std::string> names;
    std::optional<Action> found;
    for (const auto& candidate : words) {
        if (candidate.word.starts_with(word)) {
            names.push_back(represented(candidate.word));
            found = candidate.action;
        }
    }
    if (names.size() > 1) {
        throw command_line_error(fmt::format("command {} not unique, could be [{}]",
                                             represented(word), fmt::join(names, ", ")));
    }
    return found;
}

std::size_t expected_positionals(std::optional<Action> action) noexcept
{
    if (!action) {
        return 2;
    }
    switch (*action) {
    case Action::list_current_files:
    case Action::collection_status:
    case Action::cleanup:
    case Action::remove_older_than:
    case Action::remove_all_but_n_full:
    case Action::remove_all_inc_of_but_n_full:
        return 1;
    default:
        return 2;
    }
}

Action action_for(std::optional<Action> named, const std::string& first, const std::string& second)
{
    const bool url_first = ctl::is_url(first);
    if (url_first && ctl::is_url(second)) {
        throw command_line_error("Two URLs specified.  One argument should be a path.");
    }
    if (!url_first && !ctl::is_url(second)) {
        throw command_line_error(
            "One of the arguments must be an URL.  Examples of URL strings are\n"
            "\"scp://user@host.net:1234/path\" and \"file:///usr/local\".  See the man\n"
            "page for more information.");
    }
    const bool reads = named == Action::restore || named == Action::verify;
    if (url_first) {
        if (named && !reads) {
            throw command_line_error(
                fmt::format("{} option cannot be used when restoring or verifying",
                            *named == Action::full ? "full" : "incremental"));
        }
        return named.value_or(Action::restore);
    }
    if (reads) {
        // For `restore` the reference makes a backup (command-line.md 13, 1).
        throw command_line_error(
            fmt::format("{} option cannot be used when backing up", name_of(*named)));
    }
    return named.value_or(Action::implied_backup);
}

}  // namespace duplid::duplicity
