// duplid-duplicity(1). Macros: man(7).
#include "ctl/duplicity/generate/documents.hpp"
#include "ctl/duplicity/option_table.hpp"
#include "ctl/generate/roff.hpp"

#include <array>
#include <fmt/format.h>
#include <string_view>

namespace duplid::duplicity {

namespace {

using generate::roff;

std::string heading(std::string_view title)
{
    return fmt::format(".SH {}\n", title);
}

std::string synopsis()
{
    auto text = heading("SYNOPSIS");
    for (const auto& action : action_texts()) {
        const auto blank = action.usage.find(' ');
        text += fmt::format(".B duplicity {}\n[\\fIoptions\\fR]{}\n.br\n",
                            roff(action.usage.substr(0, blank)), roff(action.usage.substr(blank)));
    }
    return text;
}

std::string actions_section()
{
    auto text = heading("ACTIONS") +
                "An action may be shortened as long as only one begins so. It may be left out: a "
                "directory and then a URL is a backup, a URL and then a directory is a restore. "
                "The words of duplicity 3 (\\fBbackup\\fR, \\fBls\\fR, \\fBst\\fR, ...) are "
                "understood, too.\n";
    for (const auto& action : action_texts()) {
        text += fmt::format(".TP\n.B {}\n{}.\n", roff(action.usage), roff(action.about));
    }
    return text;
}

std::string option_entry(const Option& option)
{
    std::string names;
    each_name(option, [&](std::string_view name) {
        names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", roff(name));
    });
    if (!option.metavar.empty()) {
        names += fmt::format(" \\fI{}\\fR", roff(option.metavar));
    }
    return fmt::format(".TP\n{}\n{}.\n", names, roff(option.about));
}

std::string options_section()
{
    auto text = heading("OPTIONS") +
                "Options may stand anywhere, and be shortened as long as only one begins so. Of an "
                "option that is given again the last one counts, unless it says otherwise.\n";
    constexpr std::array sections{Section::general,   Section::files,    Section::encryption,
                                  Section::selection, Section::backends, Section::hidden};
    for (const auto section : sections) {
        text += fmt::format(".SS {}\n", title(section));
        for (const auto& option : options()) {
            text += option.section == section ? option_entry(option) : "";
        }
    }
    return text;
}

std::string environment_section()
{
    struct Variable {
        std::string_view name, meaning;
    };
    constexpr std::array variables{
        Variable{"PASSPHRASE", "The passphrase. Set but empty counts as set"},
        Variable{"SIGN_PASSPHRASE", "The passphrase of the signing key"},
        Variable{"TMPDIR, TEMP, TMP", "Where temporary files go, unless --tempdir says so"},
        Variable{"XDG_CACHE_HOME", "Where the archive dir is by default"},
        Variable{
            "DUPLID_COMPAT_VERSION",
            "The version that is reported, and that decides where versions 0.8 and 3 disagree. "
            "Default: the first word of ~/.config/duplid/compat-version, else 0.8.22"}};
    auto text = heading("ENVIRONMENT");
    for (const auto& variable : variables) {
        text += fmt::format(".TP\n.B {}\n{}.\n", variable.name, roff(variable.meaning));
    }
    return text;
}

std::string exit_section()
{
    return heading("EXIT STATUS") +
           "0 when all went well, also when some files could not be read; 1 when verify found "
           "differences; 2 for a wrong command line; 4 when interrupted; 23 when another instance "
           "is at work; 31 for a wrong passphrase; else the number of the last ERROR record of the "
           "machine log.\n";
}

}  // namespace

std::string manual_page()
{
    auto text = std::string{".\\\" Generated from ctl/duplicity/option_table.cpp.\n"
                            ".TH DUPLID\\-DUPLICITY 1 \"\" \"duplid " DUPLID_VERSION
                            "\" \"User Commands\"\n"};
    text += heading("NAME") + "duplid\\-duplicity \\- duplicity's command line, served by duplid\n";
    text += synopsis();
    text += heading("DESCRIPTION") +
            "When \\fBduplictl\\fR is started under the name \\fBduplicity\\fR, it has the command "
            "line, the output, the exit status and the machine log of duplicity 0.8.22, so that "
            "front ends and scripts can run on it. Archives are duplicity's: both programs can "
            "take turns on one target with one archive dir.\n";
    text += actions_section() + options_section() + environment_section() + exit_section();
    text += heading("SEE ALSO") + ".BR duplictl (1),\n.BR duplicity (1),\n.BR gpg (1)\n";
    return text;
}

}  // namespace duplid::duplicity
