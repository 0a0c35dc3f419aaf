// Completion for bash, in its own terms: bash-completion itself need not be installed.
#include "ctl/generate/generate.hpp"
#include "ctl/generate/names.hpp"

#include <array>
#include <fmt/format.h>

namespace duplid::generate {

namespace {

/// Verbs that may be written as two words (command_line.cpp).
constexpr std::array<std::string_view, 2> halves{"job", "run"};

std::string joined(const std::vector<std::string_view>& words, std::string_view separator)
{
    return fmt::format("{}", fmt::join(words, separator));
}

/// How the value of an option is offered.
std::string offer(const ctl::Option& option)
{
    switch (option.complete) {
    case ctl::Complete::file:
        return "_duplictl_offer -f";
    case ctl::Complete::directory:
        return "_duplictl_offer -d";
    case ctl::Complete::choice:
        return fmt::format("_duplictl_offer -W '{}'", joined(split(option.choices, '|'), " "));
    default:
        break;
    }
    const auto kind = kind_from_daemon(option.complete);
    return kind.empty() ? "" : fmt::format("_duplictl_ask {}", kind);
}

std::string pattern(const ctl::Option& option)
{
    return joined(split(option.names, ','), "|");
}

/// The options whose value is the next word.
std::string value_pattern()
{
    std::string text;
    for (const auto& option : ctl::options()) {
        if (!option.value.empty()) {
            text += (text.empty() ? "" : "|") + pattern(option);
        }
    }
    return text;
}

/// What follows an option that takes a value.
std::string value_cases()
{
    std::string text;
    for (const auto& option : ctl::options()) {
        if (!option.value.empty()) {
            const auto action = offer(option);
            text += fmt::format("    {}) {}return ;;\n", pattern(option),
                                action.empty() ? "" : action + "; ");
        }
    }
    return text;
}

/// A word for what a positional is: "archive" is what --job stands for.
std::string_view kind_of(const ctl::Positional& positional)
{
    if (const auto kind = kind_from_daemon(positional.complete); !kind.empty()) {
        return kind;
    }
    if (positional.complete == ctl::Complete::directory) {
        return "directory";
    }
    return positional.name == "URL" ? "archive" : "file";
}

std::string verb_cases()
{
    std::string text;
    for (const auto* verb : shown_verbs()) {
        std::vector<std::string_view> words;
        for (const auto* option : options_of(*verb)) {
            for (const auto name : split(option->names, ',')) {
                words.push_back(name);
            }
        }
        std::vector<std::string_view> kinds;
        for (const auto& positional : verb->positionals) {
            kinds.push_back(kind_of(positional));
        }
        text += fmt::format("    {}) options='{}' kinds=({}) ;;\n", verb->name, joined(words, " "),
                            joined(kinds, " "));
    }
    return text;
}

/// "job" offers what follows "job-".
std::string half_cases()
{
    std::string text;
    for (const auto half : halves) {
        std::vector<std::string_view> rests;
        for (const auto* verb : shown_verbs()) {
            if (verb->name.starts_with(std::string{half} + "-")) {
                rests.push_back(verb->name.substr(half.size() + 1));
            }
        }
        text +=
            fmt::format("    {}) _duplictl_offer -W '{}'; return ;;\n", half, joined(rests, " "));
    }
    return text;
}

std::string verb_names()
{
    std::vector<std::string_view> names{halves.begin(), halves.end()};
    for (const auto* verb : shown_verbs()) {
        names.push_back(verb->name);
    }
    return joined(names, " ");
}

constexpr std::string_view helpers = R"(
_duplictl_offer()
{
    mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
}

# What the daemon knows; the words before are read by the program, which finds the archive in them.
# Behind a tab stands what an offer is.
_duplictl_ask()
{
    mapfile -t COMPREPLY < <("$program" complete "$1" "$word" "${before[@]}" 2>/dev/null)
    COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
    if [ ${#COMPREPLY[@]} -eq 1 ] && [[ ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

)";

constexpr std::string_view find_words = R"(
_duplictl()
{
    local program=$1 word='' option='' verb='' options='' kinds=() before=() count=0
    local i piece trimmed rest=${COMP_LINE:0:COMP_POINT}
    COMPREPLY=()
    # bash ends words at ":" and "=" as well: those without a blank between them are one again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${rest#"${rest%%[![:blank:]]*}"}
        piece=${COMP_WORDS[i]}
        if [ "$i" -eq "$COMP_CWORD" ]; then
            piece=$trimmed
        fi
        if [ ${#before[@]} -gt 0 ] && [ "$trimmed" = "$rest" ] && [ -n "$piece" ]; then
            before[-1]+=$piece
        else
            before+=("$piece")
        fi
        rest=${trimmed#"$piece"}
    done
    word=${before[-1]}
    unset 'before[-1]'
    before=("${before[@]:1}")
    if [[ $word == --*=* ]]; then
        option=${word%%=*} word=${word#*=}
    elif [ ${#before[@]} -gt 0 ] && _duplictl_takes_value "${before[-1]}"; then
        option=${before[-1]}
    fi
    case $option in
)";

constexpr std::string_view find_verb = R"(    esac
    for ((i = 0; i < ${#before[@]}; i++)); do
        case ${before[i]} in
        -*) if _duplictl_takes_value "${before[i]}"; then i=$((i + 1)); fi ;;
        *)
            case $verb in
            '') verb=${before[i]} ;;
            job|run) verb+=-${before[i]} ;;
            *) count=$((count + 1)) ;;
            esac ;;
        esac
    done
    case $verb in
)";

constexpr std::string_view offer_rest = R"(    esac
    if [[ $word == -* ]]; then
        _duplictl_offer -W "$options --help"
        return
    fi
    # --job stands for the archive.
    if [[ " ${before[*]}" == *' --job'[\ =]* ]] && [ "${kinds[0]}" = archive ]; then
        kinds=("${kinds[@]:1}")
    fi
    case ${kinds[count]} in
    directory) _duplictl_offer -d ;;
    jobs|runs|runs-and-jobs|times|paths) _duplictl_ask "${kinds[count]}" ;;
    *) _duplictl_offer -f ;;
    esac
}
complete -o filenames -F _duplictl duplictl
)";

}  // namespace

std::string bash_completion()
{
    std::string text =
        "# Generated by \"duplictl generate bash\" from ctl/words/option_table.cpp.\n";
    text += fmt::format("_duplictl_takes_value()\n{{\n    case $1 in\n    {}) return 0 ;;\n"
                        "    esac\n    return 1\n}}\n",
                        value_pattern());
    text += helpers;
    // One newline less: what begins a raw string.
    text += find_words.substr(1);
    text += value_cases();
    text += find_verb;
    text +=
        fmt::format("    '') _duplictl_offer -W '{} --help --version'; return ;;\n", verb_names());
    text += half_cases();
    text += verb_cases();
    text += offer_rest;
    return text;
}

}  // namespace duplid::generate
