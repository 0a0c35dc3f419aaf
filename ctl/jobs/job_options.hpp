// A backup's command line as the settings of a job.
#pragma once

#include "ctl/link/session.hpp"
#include "ctl/requests/request.hpp"
#include "ctl/words/command_line.hpp"

#include <nlohmann/json.hpp>

namespace duplid::ctl {

/// In the order in which people read them.
using JobSettings = nlohmann::ordered_json;

/// What job-add's options say. Positionals: the job's name, source, URL.
/// Throws: Failure (usage), naming the option.
[[nodiscard]] JobSettings job_from_options(const CommandLine& line, const Surroundings& here);

/// Says on standard error what the daemon could not reach of what a job names on its machine.
/// Throws: Failure.
void show_places(Session& session, const std::string& job);

}  // namespace duplid::ctl
