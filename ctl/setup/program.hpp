// Runs a program to its end and takes what it prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace duplid::setup {

struct Ended {
    int status = 0;    ///< as a shell has it
    std::string text;  ///< of standard output; at most a MiB
};

/// The program is looked for in PATH, no shell is in between, and it is told nothing: its standard
/// input is empty. What it complains of is shown if `complains`. Nothing when there is no such
/// program. Throws: Failure.
[[nodiscard]] std::optional<Ended> run_program(const std::vector<std::string>& words,
                                               bool complains = false);

}  // namespace duplid::setup
