#include "ctl/words/command_line.hpp"

#include "ctl/process/failure.hpp"
#include "proto/reader.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <map>

namespace duplid::ctl {

namespace {

constexpr std::string_view program = "duplictl";
constexpr std::size_t help_column = 36;

bool is_scheme_char(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
}

bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Whether one of the spellings of `option` is `word`.
bool has_name(const Option& option, std::string_view word)
{
    auto rest = option.names;
    while (true) {
        const auto comma = rest.find(',');
        if (rest.substr(0, comma) == word) {
            return true;
        }
        if (comma == std::string_view::npos) {
            return false;
        }
        rest.remove_prefix(comma + 1);
    }
}

/// How many words follow this one as its value.
std::size_t values_after(std::string_view word)
{
    const auto found = std::ranges::find_if(
        options(), [word](const Option& option) { return has_name(option, word); });
    return found == options().end() ? 0 : value_count(*found);
}

/// CLI11 takes "--option=" for an option whose value is the next word. Here, and in duplicity, its
/// value is empty; so it is made two words, the second of them empty.
std::vector<std::string> with_empty_values(std::span<const std::string> arguments)
{
    std::vector<std::string> words;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& word = arguments[i];
        if (word == "--") {
            words.insert(words.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i),
                         arguments.end());
            break;
        }
        const bool bound = word.starts_with("--") && word.ends_with('=');
        if (bound && values_after(word.substr(0, word.size() - 1)) > 0) {
            words.push_back(word.substr(0, word.size() - 1));
            words.emplace_back();
            continue;
        }
        words.push_back(word);
        for (auto left = values_after(word); left > 0 && i + 1 < arguments.size(); --left) {
            words.push_back(arguments[++i]);
        }
    }
    return words;
}

/// "job list" is "job-list": one word, before anything looks for the verb.
std::vector<std::string> with_joined_verb(std::vector<std::string> words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].starts_with('-')) {
            i += values_after(words[i]);
            continue;
        }
        const bool is_half = words[i] == "job" || words[i] == "run";
        if (is_half && i + 1 < words.size() && !words[i + 1].starts_with('-')) {
            words[i] += "-" + words[i + 1];
            words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
        break;
    }
    return words;
}

/// The option that `word` begins with ("--time=3D"), or null. The verb's own, where another verb
/// has one of the same spelling.
const Option* option_in(const Verb& verb, std::string_view word)
{
    const auto name = word.substr(0, word.find('='));
    const Option* found = nullptr;
    for (const auto& option : options()) {
        if (has_name(option, name) && (found == nullptr || contains(verb.sets, option.set))) {
            found = &option;
        }
    }
    return found;
}

[[nodiscard]] Failure unknown_option(const Verb& verb, std::string_view word)
{
    std::vector<std::string_view> names;
    for (const auto& row : options()) {
        for (auto rest = contains(verb.sets, row.set) ? row.names : ""; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            names.push_back(rest.substr(0, comma));
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    const auto meant = proto::nearest(word.substr(0, word.find('=')), names);
    return usage_failure("there is no such option", std::string{word},
                         meant.empty() ? fmt::format("duplictl {} --help", verb.name)
                                       : fmt::format("did you mean {}?", meant));
}

/// Short options in one word are left to CLI11. It knows that a long option is not one of the
/// verb's, but neither which one may have been meant, nor that it is another verb's.
void check_options(const Verb& verb, std::span<const std::string> words)
{
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        const auto& word = words[i];
        if (word.starts_with('-') && word != "--help" && word != "--version") {
            const auto* const known = option_in(verb, word);
            if (known == nullptr && word.starts_with("--")) {
                throw unknown_option(verb, word);
            }
            if (known != nullptr && !contains(verb.sets, known->set)) {
                throw usage_failure(
                    fmt::format("{} has no meaning for \"{}\"", main_name(*known), verb.name), {},
                    fmt::format("duplictl {} --help", verb.name));
            }
        }
        i += values_after(word);
    }
}

/// The verb, and the options, must be known before CLI11 looks: it would only say that some verb is
/// required.
void check_words(std::span<const std::string> words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].starts_with('-')) {
            const bool answers = words[i] == "--help" || words[i] == "-h" ||
                                 words[i] == "--version" || words[i] == "-V";
            if (answers) {
                return;
            }
            i += values_after(words[i]);
            continue;
        }
        const auto found = std::ranges::find(verbs(), words[i], &Verb::name);
        if (found == verbs().end()) {
            std::vector<std::string_view> names;
            for (const auto& verb : verbs()) {
                names.push_back(verb.name);
            }
            const auto meant = proto::nearest(words[i], names);
            throw usage_failure("there is no such verb", words[i],
                                meant.empty() ? "duplictl --help"
                                              : fmt::format("did you mean \"{}\"?", meant));
        }
        check_options(*found, words);
        return;
    }
    throw usage_failure("no verb: say what to do", {}, "duplictl --help");
}

/// Whether --job says which archive is meant, so that no URL does.
bool names_job(std::span<const std::string> words)
{
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        if (words[i] == "--job" || words[i].starts_with("--job=")) {
            return true;
        }
        i += values_after(words[i]);
    }
    return false;
}

/// The positional whose place --job takes.
bool is_archive(const Positional& positional) noexcept
{
    return positional.name == "URL";
}

class Parser {
public:
    explicit Parser(bool with_job);

    std::variant<CommandLine, Answer> parse(std::vector<std::string> words);

private:
    void add_options(CLI::App& app, std::uint64_t sets);
    void add_verb(const Verb& verb);
    /// Whether --job stands for it.
    [[nodiscard]] bool is_left_out(const Verb& verb, const Positional& positional) const noexcept
    {
        return with_job_ && contains(verb.sets, OptionSet::job) && is_archive(positional);
    }
    std::variant<CommandLine, Answer> finish(const Verb& verb) const;

    CLI::App app_{"Backups in duplicity's archive format.", std::string{program}};
    bool with_job_;
    CommandLine line_;
    std::array<std::string, 3> positionals_;
    std::vector<std::string> rest_;
    std::map<const Verb*, CLI::App*> apps_;
};

Parser::Parser(bool with_job) : with_job_{with_job}
{
    app_.set_version_flag("--version,-V", fmt::format("{} {}", program, DUPLID_VERSION));
    app_.get_formatter()->column_width(help_column);
    app_.require_subcommand(1);
    app_.footer("\"duplictl VERB --help\" lists the options of a verb.");
    add_options(app_, OptionSet::instance | OptionSet::output | OptionSet::host);
    for (const auto& verb : verbs()) {
        add_verb(verb);
    }
}

void Parser::add_options(CLI::App& app, std::uint64_t sets)
{
    for (const auto set : option_sets()) {
        for (const auto& row : options()) {
            if (row.set != set || !contains(sets, set)) {
                continue;
            }
            const auto id = row.id;
            CLI::Option* added = nullptr;
            if (row.value.empty()) {
                added = app.add_flag_callback(
                    std::string{row.names},
                    [this, id] {
                        line_.given.push_back({id, {}});
                    },
                    std::string{row.help});
                added->disable_flag_override();
            } else {
                added = app.add_option(
                    std::string{row.names},
                    [this, id](const CLI::results_t& values) {
                        for (const auto& value : values) {
                            line_.given.push_back({id, value});
                        }
                        return true;
                    },
                    std::string{row.help});
                added->type_name(std::string{row.choices.empty() ? row.value : row.choices});
                added->expected(static_cast<int>(value_count(row)));
            }
            // At once, and not after parsing: this is what keeps the order of the rules.
            added->trigger_on_parse();
            added->group(std::string{title(set)});
        }
    }
}

void Parser::add_verb(const Verb& verb)
{
    auto* app = app_.add_subcommand(std::string{verb.name}, std::string{verb.summary});
    apps_[&verb] = app;
    if (verb.hidden) {
        app->group("");
    }
    app->get_formatter()->column_width(help_column);
    app->footer(std::string{verb.description});
    std::size_t index = 0;
    for (const auto& positional : verb.positionals) {
        const auto place = index++;
        if (is_left_out(verb, positional)) {
            continue;
        }
        const std::string name{positional.name};
        const std::string help{positional.help};
        auto* added = positional.many ? app->add_option(name, rest_, help)
                                      : app->add_option(name, positionals_.at(place), help);
        added->required(positional.required)->type_name("");
    }
    add_options(*app, verb.sets);
}

std::variant<CommandLine, Answer> Parser::parse(std::vector<std::string> words)
{
    check_words(words);
    // CLI11 takes its words from the back.
    std::ranges::reverse(words);
    try {
        app_.parse(std::move(words));
    } catch (const CLI::CallForVersion& version) {
        return Answer{std::string{version.what()} + "\n"};
    } catch (const CLI::CallForHelp&) {
        return Answer{app_.help()};
    } catch (const CLI::ParseError& error) {
        const auto used = app_.get_subcommands();
        throw usage_failure(error.what(), {},
                            used.empty()
                                ? "duplictl --help"
                                : fmt::format("duplictl {} --help", used.front()->get_name()));
    }
    const auto* const chosen = app_.get_subcommands().front();
    const auto found = std::ranges::find(apps_, chosen, [](const auto& entry) {
        return static_cast<const CLI::App*>(entry.second);
    });
    return finish(*found->first);
}

std::variant<CommandLine, Answer> Parser::finish(const Verb& verb) const
{
    CommandLine line = line_;
    line.verb = verb.id;
    const auto* const app = apps_.at(&verb);
    std::size_t index = 0;
    for (const auto& positional : verb.positionals) {
        if (is_left_out(verb, positional)) {
            line.positionals.push_back("job:" + line.value(OptionId::job).value_or(""));
        } else if (app->count(std::string{positional.name}) > 0) {
            if (positional.many) {
                line.positionals.insert(line.positionals.end(), rest_.begin(), rest_.end());
            } else {
                line.positionals.push_back(positionals_.at(index));
            }
        }
        ++index;
    }
    for (const auto& given : line.given) {
        const auto& row = option(given.id);
        if (!contains(verb.sets, row.set)) {
            throw usage_failure(
                fmt::format("{} has no meaning for \"{}\"", main_name(row), verb.name));
        }
    }
    return line;
}

}  // namespace

bool CommandLine::has(OptionId id) const noexcept
{
    return std::ranges::find(given, id, &GivenOption::id) != given.end();
}

std::optional<std::string> CommandLine::value(OptionId id) const
{
    auto all = values(id);
    return all.empty() ? std::nullopt : std::optional{std::move(all.back())};
}

std::vector<std::string> CommandLine::values(OptionId id) const
{
    std::vector<std::string> all;
    for (const auto& option : given) {
        if (option.id == id) {
            all.push_back(option.value);
        }
    }
    return all;
}

std::variant<CommandLine, Answer> parse_command_line(std::span<const std::string> arguments)
{
    if (!arguments.empty() && arguments.front() == verb(VerbId::complete).name) {
        // Words that somebody is still typing are no command line of ours.
        CommandLine line;
        line.verb = VerbId::complete;
        line.positionals.assign(arguments.begin() + 1, arguments.end());
        return line;
    }
    auto words = with_joined_verb(with_empty_values(arguments));
    const bool with_job = names_job(words);
    return Parser{with_job}.parse(std::move(words));
}

bool is_url(std::string_view text) noexcept
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const auto scheme = text.substr(0, colon);
    const auto rest = text.substr(colon + 1);
    if (!is_letter(scheme.front()) || !std::ranges::all_of(scheme, is_scheme_char)) {
        return false;
    }
    // "file:/a" is the one form with a single slash that leads anywhere.
    return rest.starts_with("//") || (scheme == "file" && rest.starts_with('/'));
}

void hide_passwords(std::span<char*> argv) noexcept
{
    for (char* const argument : argv) {
        const std::string_view text{argument};
        const auto scheme_end = text.find("://");
        // "--target=nas=ftp://...": no scheme has a "=".
        const auto equals = text.rfind('=', scheme_end);
        const auto begin = equals == std::string_view::npos ? 0 : equals + 1;
        if (scheme_end == std::string_view::npos || !is_url(text.substr(begin))) {
            continue;
        }
        const auto user = scheme_end + 3;
        const auto host_end = std::min(text.find('/', user), text.size());
        const auto at = text.substr(0, host_end).rfind('@');
        const auto colon = text.find(':', user);
        if (at != std::string_view::npos && colon < at) {
            std::memset(argument + colon + 1, '*', at - colon - 1);
        }
    }
}

}  // namespace duplid::ctl
