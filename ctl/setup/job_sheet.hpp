// The recovery sheet of a job that a daemon knows.
#pragma once

#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/words/command_line.hpp"

#include <string>

namespace duplid::setup {

/// With its secrets if --with-secret is on the line. Throws: Failure; denied when the secrets are
/// wanted and in no file that the caller may read.
[[nodiscard]] std::string make_sheet(const ctl::CommandLine& line, const std::string& job,
                                     ctl::Session& session, ctl::Interrupts& interrupts);

[[nodiscard]] std::string default_sheet_file(const std::string& config_directory,
                                             const std::string& job);

/// For the caller's eyes only: it names places. Throws: Failure.
void save_sheet(const std::string& file, const std::string& text);

}  // namespace duplid::setup
