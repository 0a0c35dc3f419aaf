// How much is shown of what comes back, and in which form.
#pragma once

#include "ctl/show/style.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// How much is shown, and in which form.
struct Look {
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    bool progress = false;
    bool statistics = true;
    bool pager = true;
    show::Style style{};        ///< on standard output
    show::Style error_style{};  ///< on standard error
};

/// What the command line, the terminal and the locale say. Throws: Failure (usage).
[[nodiscard]] Look look_of(const CommandLine& line);

}  // namespace duplid::ctl
