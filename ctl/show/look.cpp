#include "ctl/show/look.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/terminal_facts.hpp"

#include <unistd.h>

namespace duplid::ctl {

Look look_of(const CommandLine& line)
{
    Look look;
    look.json = line.has(OptionId::json);
    look.quiet = line.has(OptionId::quiet);
    look.verbose = line.has(OptionId::verbose);
    for (const auto& given : line.given) {
        // The last one counts, as of all options of duplicity that say yes or no.
        if (given.id == OptionId::print_statistics || given.id == OptionId::no_print_statistics) {
            look.statistics = given.id == OptionId::print_statistics;
        }
    }
    look.pager = !line.has(OptionId::no_pager);
    const bool plain = line.has(OptionId::no_color);
    const bool utf8 = is_utf8_locale();
    look.style = {.color = !plain && !look.json && takes_color(STDOUT_FILENO), .utf8 = utf8};
    look.error_style = {.color = !plain && takes_color(STDERR_FILENO), .utf8 = utf8};
    const bool wanted = line.has(OptionId::progress);
    if (wanted && line.has(OptionId::no_progress)) {
        throw usage_failure("--progress and --no-progress exclude each other");
    }
    const bool by_itself = !look.json && !look.quiet && ::isatty(STDERR_FILENO) == 1;
    look.progress = wanted || (by_itself && !line.has(OptionId::no_progress));
    return look;
}

}  // namespace duplid::ctl
