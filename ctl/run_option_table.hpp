// Options of verbs about runs at work: rows of the one table (option_table.hpp).
#pragma once

#include "ctl/option_table.hpp"

#include <array>

namespace duplid::ctl {

inline constexpr std::array run_option_table{
    Option{OptionId::all_runs, OptionSet::every_run, "--all", "", Complete::nothing, "",
           "All runs that have not ended, in place of RUN"},
    Option{OptionId::upload, OptionSet::rates, "--upload", "SIZE", Complete::nothing, "",
           "Send at most so much a second, for example 500K or 2M; none or 0: as fast as it goes"},
    Option{OptionId::download, OptionSet::rates, "--download", "SIZE", Complete::nothing, "",
           "Fetch at most so much a second; the same"},
};

}  // namespace duplid::ctl
