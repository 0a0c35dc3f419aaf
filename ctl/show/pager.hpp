// Long output, a screen at a time.
#pragma once

#include "ctl/process/output.hpp"
#include "ctl/show/look.hpp"

#include <string>

namespace duplid::ctl {

/// Prints `text`: by way of $PAGER, or of less, when standard output is a terminal that it does
/// not fit on and nobody said --no-pager; else as it is. The pager's environment is ours without
/// secrets. An interrupt is the pager's to take: this waits for its end.
/// Made for verbs that hold Interrupts.
void page(const std::string& text, const Look& look, Output& output);

}  // namespace duplid::ctl
