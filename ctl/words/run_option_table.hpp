// Options of verbs about runs: rows of the one table (option_table.hpp).
#pragma once

#include "ctl/words/option_table.hpp"

#include <array>

namespace duplid::ctl {

inline constexpr std::array run_option_table{
    Option{OptionId::all_runs, OptionSet::every_run, "--all", "", Complete::nothing, "",
           "All runs that have not ended, in place of RUN"},
    Option{
        OptionId::stop_at, OptionSet::run_stop, "--at", "WHEN", Complete::choice, "now|volume",
        "now (the default): what of a volume is not stored yet is made again by the next backup; "
        "volume: a backup goes on until the volume that it is filling is stored"},
    Option{OptionId::upload, OptionSet::rates, "--upload", "SIZE", Complete::nothing, "",
           "Send at most so much a second, for example 500K or 2M; none or 0: as fast as it goes"},
    Option{OptionId::download, OptionSet::rates, "--download", "SIZE", Complete::nothing, "",
           "Fetch at most so much a second; the same"},
    Option{OptionId::follow, OptionSet::log, "--follow,-f", "", Complete::nothing, "",
           "Go on with what the run says, to its end"},
    Option{OptionId::once, OptionSet::watch, "--once", "", Complete::nothing, "",
           "End as soon as nothing runs, instead of staying"},
    Option{OptionId::since, OptionSet::history, "--since", "TIME", Complete::nothing, "",
           "Only runs from this time on, for example 2W or 2026-11-01"},
    Option{OptionId::rows, OptionSet::history, "--number,-n", "N", Complete::nothing, "",
           "At most so many runs, the newest (30 by default)"},
};

}  // namespace duplid::ctl
