// Completion of the command `duplicity`, in each shell's own terms.
#include "ctl/duplicity/generate/documents.hpp"
#include "ctl/duplicity/option_table.hpp"
#include "ctl/generate/names.hpp"

#include <fmt/format.h>
#include <string_view>

namespace duplid::duplicity {

namespace {

/// All but those for test suites.
template <class Visit>
void each_shown_option(const Visit& visit)
{
    for (const auto& option : options()) {
        if (option.section != Section::hidden) {
            visit(option);
        }
    }
}

std::string action_words()
{
    std::string words;
    for (const auto& action : action_texts()) {
        words += fmt::format("{}{}", words.empty() ? "" : " ",
                             action.usage.substr(0, action.usage.find(' ')));
    }
    return words;
}

std::string option_words()
{
    std::string words;
    each_shown_option([&](const Option& option) {
        each_name(option, [&](std::string_view name) {
            words += fmt::format("{}{}", words.empty() ? "" : " ", name);
        });
    });
    return words;
}

}  // namespace

std::string bash_completion()
{
    return fmt::format(R"(# Generated from ctl/duplicity/option_table.cpp.
_duplid_duplicity()
{{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W '{}' -- "$word") ;;
    *)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        if [ "$COMP_CWORD" = 1 ]; then
            mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen -W '{}' -- "$word")
        fi
        ;;
    esac
}}
complete -o filenames -F _duplid_duplicity duplicity
)",
                       option_words(), action_words());
}

std::string zsh_completion()
{
    std::string text = "#compdef duplicity\n# Generated from ctl/duplicity/option_table.cpp.\n"
                       "_arguments \\\n";
    each_shown_option([&](const Option& option) {
        const auto about = generate::escaped(option.about, "\\[]:'");
        each_name(option, [&](std::string_view name) {
            text += fmt::format("    '*{}[{}]", name, about);
            for (std::size_t i = 0; i < value_count(option); ++i) {
                text += fmt::format(":{}:{}", generate::escaped(option.metavar, "\\[]:'"),
                                    option.value == ValueKind::path ? "_files" : "");
            }
            text += "' \\\n";
        });
    });
    return text + fmt::format("    '1:action:({})' '*:file or URL:_files'\n", action_words());
}

std::string fish_completion()
{
    std::string text = "# Generated from ctl/duplicity/option_table.cpp.\n";
    text += fmt::format("complete -c duplicity -n __fish_is_first_token -a '{}'\n", action_words());
    each_shown_option([&](const Option& option) {
        text += "complete -c duplicity";
        each_name(option, [&](std::string_view name) {
            text += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                           : fmt::format(" -s {}", name.substr(1));
        });
        text += value_count(option) > 0 ? " -r" : "";
        text += fmt::format(" -d '{}'\n", generate::escaped(option.about, "\\'"));
    });
    return text;
}

}  // namespace duplid::duplicity
