#include "ctl/process/terminal_facts.hpp"

#include <cstdlib>
#include <langinfo.h>
#include <locale.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace duplid::ctl {

std::optional<TerminalSize> size_of_terminal(int descriptor) noexcept
{
    if (::isatty(descriptor) != 1) {
        return std::nullopt;
    }
    TerminalSize size;
    winsize found{};
    if (::ioctl(descriptor, TIOCGWINSZ, &found) == 0 && found.ws_col > 0 && found.ws_row > 0) {
        size = {.columns = found.ws_col, .rows = found.ws_row};
    }
    return size;
}

bool takes_color(int descriptor) noexcept
{
    const auto* const refused = std::getenv("NO_COLOR");
    const auto* const terminal = std::getenv("TERM");
    const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    return ::isatty(descriptor) == 1 && !dumb && (refused == nullptr || *refused == '\0');
}

bool is_utf8_locale() noexcept
{
    const auto locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
    if (locale == nullptr) {
        return false;
    }
    const bool is_utf8 = std::string_view{::nl_langinfo_l(CODESET, locale)} == "UTF-8";
    ::freelocale(locale);
    return is_utf8;
}

}  // namespace duplid::ctl
