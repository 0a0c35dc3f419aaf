// Macros: man(7).
#include "ctl/generate/roff.hpp"
#include "ctl/rdiffdir/generate/documents.hpp"
#include "ctl/rdiffdir/option_table.hpp"

#include <fmt/format.h>

namespace duplid::rdiffdir {

namespace {

using generate::roff;

std::string commands_section()
{
    std::string text = ".SH COMMANDS\n";
    for (const auto& command : commands()) {
        text += fmt::format(".TP\n.B {}\n\\fI{}\\fR\n.br\n{}\n", roff(command.name),
                            roff(command.usage), roff(command.about));
    }
    return text +
           ".PP\nWhere a file is read or written, \\fB\\-\\fR is standard input or output. No "
           "file is overwritten.\n";
}

std::string options_section()
{
    std::string text =
        ".SH OPTIONS\nOptions come before the command. Long ones may be shortened as "
        "long as only one begins so.\n";
    for (const auto& option : options()) {
        text += ".TP\n";
        for (const auto name : {option.short_name, option.long_name}) {
            if (!name.empty()) {
                text += fmt::format("\\fB{}\\fR ", roff(name));
            }
        }
        text += option.metavar.empty() ? "\n" : fmt::format("\\fI{}\\fR\n", roff(option.metavar));
        text += fmt::format("{}\n", roff(option.about));
    }
    return text;
}

}  // namespace

std::string manual_page()
{
    return ".\\\" Generated from ctl/rdiffdir/option_table.cpp.\n"
           ".TH DUPLID\\-RDIFFDIR 1 \"\" \"duplid " DUPLID_VERSION "\" \"User Commands\"\n"
           ".SH NAME\nduplid\\-rdiffdir \\- signatures and deltas of directories, by duplid\n"
           ".SH SYNOPSIS\n.B rdiffdir\n[\\fIoptions\\fR] \\fIcommand\\fR \\fIfiles\\fR\n"
           ".SH DESCRIPTION\nWhen \\fBduplictl\\fR is started under the name \\fBrdiffdir\\fR, it "
           "has "
           "the command line of rdiffdir of duplicity 0.8.22, and reads and writes its files.\n" +
           commands_section() + options_section() +
           ".SH EXIT STATUS\n0 when all went well, also when some files could not be read; 14, 15 "
           "or 16 when the selection makes no sense; else 1.\n"
           ".SH SEE ALSO\n.BR duplictl (1),\n.BR duplid\\-duplicity (1),\n.BR rdiff (1)\n";
}

}  // namespace duplid::rdiffdir
