// remove-older-than and its relatives, prune and cleanup.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

namespace duplid::ctl {

/// As the functions of verbs.cpp: each returns the exit status.
[[nodiscard]] int remove_older_than(const CommandLine& line, Output& output,
                                    Interrupts& interrupts);
[[nodiscard]] int remove_all_but_n_full(const CommandLine& line, Output& output,
                                        Interrupts& interrupts);
[[nodiscard]] int remove_all_inc_of_but_n_full(const CommandLine& line, Output& output,
                                               Interrupts& interrupts);
[[nodiscard]] int prune(const CommandLine& line, Output& output, Interrupts& interrupts);
[[nodiscard]] int cleanup(const CommandLine& line, Output& output, Interrupts& interrupts);

}  // namespace duplid::ctl
