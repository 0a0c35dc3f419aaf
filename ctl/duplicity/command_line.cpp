#include "ctl/duplicity/command_line.hpp"

#include "ctl/duplicity/action_words.hpp"
#include "ctl/duplicity/expansion.hpp"
#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/option_effects.hpp"
#include "ctl/duplicity/option_values.hpp"
#include "ctl/text/time_text.hpp"
#include "ctl/words/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <vector>

namespace duplid::duplicity {

namespace {

constexpr const char* replicate_warning =
    "\nWARNING: Replicate is only minimally functional at this time\n"
    "         See https://gitlab.com/duplicity/duplicity/-/issues/98\n"
    "         for further details.  Please consider using rsync,\n"
    "         rclone, or other copy utilities to make a replication.\n";

std::string taken_front(std::vector<std::string>& positionals)
{
    auto front = std::move(positionals.front());
    positionals.erase(positionals.begin());
    return front;
}

std::uint32_t count_from(const std::string& text, Action action)
{
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end) {
        throw command_line_error(
            fmt::format("{} count must be a number: {}", name_of(action), represented(text)));
    }
    if (number <= 0) {
        throw command_line_error(fmt::format("{} count must be > 0", name_of(action)));
    }
    constexpr std::int64_t count_max = 1'000'000'000;
    return static_cast<std::uint32_t>(std::min(number, count_max));
}

/// The time or the count that follows the action of a removal.
void take_removal_word(Action action, std::vector<std::string>& positionals, std::int64_t now,
                       Invocation& to)
{
    if (action == Action::remove_older_than) {
        if (positionals.empty()) {
            throw command_line_error("Missing time string for remove-older-than");
        }
        const auto text = taken_front(positionals);
        const auto time = ctl::parse_time(text, now, to.time_separator);
        if (!time) {
            throw command_line_error(bad_time_text(text));
        }
        to.remove_time = *time;
    }
    if (action == Action::remove_all_but_n_full || action == Action::remove_all_inc_of_but_n_full) {
        if (positionals.empty()) {
            throw command_line_error(fmt::format("Missing count for {}", name_of(action)));
        }
        to.remove_count = count_from(taken_front(positionals), action);
    }
}

void check_url(const std::string& text)
{
    if (!ctl::is_url(text)) {
        throw Fatal{
            ErrorCode::bad_url,
            fmt::format("Bad URL '{}'.\n"
                        "Examples of URL strings are \"scp://user@host.net:1234/path\" and\n"
                        "\"file:///usr/local\".  See the man page for more information.",
                        text)};
    }
}

/// "file:x" is no path, although all others with a colon are (command-line.md 8.1 and 8.2).
void check_scheme_alone(const std::string& word)
{
    constexpr const char* name = "InvalidBackendURL";
    if (word.starts_with("file:") || word.starts_with("gio+file:")) {
        throw Fatal{ErrorCode::user_error,
                    fmt::format("{}: missing // - relative paths not supported for scheme {}: {}",
                                name, word.substr(0, word.find(':')), word),
                    {name}};
    }
}

void check_source(const std::string& path)
{
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        throw Fatal{ErrorCode::backup_dir_doesnt_exist,
                    fmt::format("Backup source directory {} does not exist.", path)};
    }
}

/// Gives the positionals that are left their meaning.
void place(std::optional<Action> named, std::vector<std::string>& positionals, Invocation& to)
{
    const auto expected = expected_positionals(named);
    if (positionals.size() != expected) {
        throw command_line_error(
            fmt::format("Expected {} args, got {}", expected, positionals.size()));
    }
    for (auto& word : positionals) {
        if (!ctl::is_url(word)) {
            check_scheme_alone(word);
            word = expanded(word);
        }
    }
    if (expected == 1) {
        check_url(positionals.front());
        to.action = *named;
        to.target = positionals.front();
    } else if (named == Action::replicate) {
        if (!ctl::is_url(positionals[0]) || !ctl::is_url(positionals[1])) {
            throw command_line_error("Two URLs expected for replicate.");
        }
        to.action = *named;
        to.source_url = positionals[0];
        to.target = positionals[1];
    } else {
        if (!ctl::is_url(positionals[0]) && ctl::is_url(positionals[1])) {
            // The reference looks at the source before it looks at the action.
            check_source(positionals[0]);
        }
        to.action = action_for(named, positionals[0], positionals[1]);
        const bool path_first = is_backup(to.action);
        to.local_path = positionals[path_first ? 0 : 1];
        to.target = positionals[path_first ? 1 : 0];
    }
}

bool is_empty_directory(const std::string& path)
{
    std::error_code error;
    return std::filesystem::is_directory(path, error) && std::filesystem::is_empty(path, error);
}

void check_restore(const Invocation& invocation)
{
    std::error_code error;
    const auto& path = invocation.local_path;
    const bool there = std::filesystem::exists(std::filesystem::symlink_status(path, error));
    if (there && !is_empty_directory(path) && !invocation.force) {
        throw Fatal{ErrorCode::restore_dir_exists,
                    fmt::format("Restore destination directory {} already exists.\n"
                                "Will not overwrite.",
                                path)};
    }
}

/// What depends on action and options together.
void check(Invocation& invocation, Reporter& reporter)
{
    std::error_code error;
    const auto& path = invocation.local_path;
    if (is_backup(invocation.action)) {
        if (!invocation.path.empty()) {
            throw command_line_error(fmt::format("restore option incompatible with {} backup",
                                                 name_of(invocation.action)));
        }
    }
    if (invocation.action == Action::verify) {
        if (invocation.dry_run) {
            throw command_line_error("verify has nothing to do in a dry run");
        }
        if (!std::filesystem::exists(path, error)) {
            throw Fatal{ErrorCode::verify_dir_doesnt_exist,
                        fmt::format("Verify directory {} does not exist", path)};
        }
    }
    if (invocation.action == Action::restore) {
        check_restore(invocation);
        if (!invocation.rules.empty()) {
            reporter.warning("Command line warning: Selection options --exclude/--include\n"
                             "currently work only when backing up,not restoring.");
        }
    }
    const bool uses_rules = is_backup(invocation.action) || invocation.action == Action::verify;
    if (uses_rules) {
        invocation.local_path = normalised(path);
    }
}

}  // namespace

Invocation read_command_line(std::span<const std::string> arguments, const CompatVersion& compat,
                             const ctl::Surroundings& here, Reporter& reporter)
{
    Invocation invocation;
    invocation.compat = compat;
    invocation.arguments.assign(arguments.begin(), arguments.end());
    OptionEffects effects{invocation, reporter, here.now};
    auto positionals =
        read_words(arguments.subspan(std::min<std::size_t>(1, arguments.size())),
                   compat.is_modern(), [&](const GivenOption& given) { effects.apply(given); });
    const auto named = named_action(positionals);
    if (named) {
        positionals.erase(positionals.begin());
        take_removal_word(*named, positionals, here.now, invocation);
    }
    if (named == Action::replicate) {
        reporter.warning(replicate_warning);
    }
    place(named, positionals, invocation);
    effects.finish();
    check(invocation, reporter);
    return invocation;
}

}  // namespace duplid::duplicity
