// Completion of the command `rdiffdir`, in each shell's own terms.
#include "ctl/generate/names.hpp"
#include "ctl/rdiffdir/generate/documents.hpp"
#include "ctl/rdiffdir/option_table.hpp"

#include <fmt/format.h>
#include <string_view>

namespace duplid::rdiffdir {

namespace {

std::string command_words()
{
    std::string words;
    for (const auto& command : commands()) {
        words += fmt::format("{}{}", words.empty() ? "" : " ", command.name);
    }
    return words;
}

template <class Visit>
void each_name(const Option& option, const Visit& visit)
{
    for (const auto name : {option.short_name, option.long_name}) {
        if (!name.empty()) {
            visit(name);
        }
    }
}

std::string option_words()
{
    std::string words;
    for (const auto& option : options()) {
        each_name(option, [&](std::string_view name) {
            words += fmt::format("{}{}", words.empty() ? "" : " ", name);
        });
    }
    return words;
}

bool is_file(std::string_view metavar) noexcept
{
    return metavar == "filename" || metavar == "sigfile";
}

}  // namespace

// A command may stand anywhere behind the options, whose values look like files.
std::string bash_completion()
{
    return fmt::format(R"(# Generated from ctl/rdiffdir/option_table.cpp.
_duplid_rdiffdir()
{{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    case $word in
    -?*) mapfile -t COMPREPLY < <(compgen -W '{}' -- "$word") ;;
    *)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        local before command
        for before in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
            case ' {} ' in
            *" $before "*) command=$before ;;
            esac
        done
        if [ -z "$command" ]; then
            mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen -W '{}' -- "$word")
        fi
        ;;
    esac
}}
complete -o filenames -F _duplid_rdiffdir rdiffdir
)",
                       option_words(), command_words(), command_words());
}

std::string zsh_completion()
{
    std::string text = "#compdef rdiffdir\n# Generated from ctl/rdiffdir/option_table.cpp.\n"
                       "_arguments \\\n";
    for (const auto& option : options()) {
        const auto about = generate::escaped(option.about, "\\[]:'");
        each_name(option, [&](std::string_view name) {
            text += fmt::format("    '*{}[{}]", name, about);
            if (!option.metavar.empty()) {
                text += fmt::format(":{}:{}", generate::escaped(option.metavar, "\\[]:'"),
                                    is_file(option.metavar) ? "_files" : "");
            }
            text += "' \\\n";
        });
    }
    return text + fmt::format("    '1:command:({})' '*:file:_files'\n", command_words());
}

std::string fish_completion()
{
    std::string text = "# Generated from ctl/rdiffdir/option_table.cpp.\n";
    text += fmt::format("complete -c rdiffdir -n 'not __fish_seen_subcommand_from {}' -a '{}'\n",
                        command_words(), command_words());
    for (const auto& option : options()) {
        text += "complete -c rdiffdir";
        each_name(option, [&](std::string_view name) {
            text += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                           : fmt::format(" -s {}", name.substr(1));
        });
        text += option.metavar.empty() ? "" : " -r";
        text += fmt::format(" -d '{}'\n", generate::escaped(option.about, "\\'"));
    }
    return text;
}

}  // namespace duplid::rdiffdir
