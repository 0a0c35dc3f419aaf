// Progress as a bar, on one line of a terminal.
#pragma once

#include "ctl/show/style.hpp"
#include "proto/run.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace duplid::show {

/// So many columns, of which `fraction` (0 to 1) is filled: to an eighth of a column where the
/// terminal has such characters, else in whole ones between brackets.
[[nodiscard]] std::string bar(double fraction, std::size_t columns, const Style& style);

/// How much of a run is done, from 0 to 0.99: never 1 before the run says so itself, since the
/// manifest comes last. 0 where nobody knows how much there is.
[[nodiscard]] double fraction_of(const proto::ProgressFigures& figures) noexcept;

/// "backing up ████▌░░░░  45%  1.2 GB of 2.3 GB  3 of 9 files  12 MB/s  0:40 left", in at most so
/// many columns: the bar takes what is left, and where that is too little, speed, files and bytes
/// go in this order. Without an end in sight there is no bar.
[[nodiscard]] std::string bar_line(std::string_view phase, const proto::ProgressFigures& figures,
                                   std::size_t columns, const Style& style);

}  // namespace duplid::show
