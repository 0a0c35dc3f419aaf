// A trial restore: the only proof that a backup can be restored.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/words/command_line.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::setup {

struct Trial {
    std::string path;  ///< of the source
    std::uint64_t bytes = 0;
};

/// Restores one small file of a job's archive, picked at random, with the caller's rights, and
/// compares it byte for byte with the source. `line` says whose job it is; `target` which of
/// several, empty: the only one. Nothing when there is no file to try with: none at all, or all
/// have changed since. Throws: Failure corrupt when what came back is not what is there; Failure of
/// whatever else went wrong; Interrupted.
[[nodiscard]] std::optional<Trial> try_restore(const ctl::CommandLine& line, const std::string& job,
                                               const std::string& target, const std::string& source,
                                               ctl::Interrupts& interrupts, ctl::Output& output);

}  // namespace duplid::setup
