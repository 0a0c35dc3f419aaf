// Several targets of a job, as they are typed: "--target nas=sftp://nas/home --required nas".
#pragma once

#include "ctl/requests/request.hpp"
#include "ctl/words/command_line.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace duplid::ctl {

struct TypedTarget {
    std::string name;  ///< empty: it is the only one, and URL says it
    std::string url;
};

/// Where a new job's backups are to go, as the line says it. Throws: Failure (usage).
[[nodiscard]] std::vector<TypedTarget> typed_targets(const CommandLine& line);

/// The list "targets" of a new job; empty when --target names none. Values of --filesystem are
/// UUIDs with a target's name. Throws: Failure (usage).
[[nodiscard]] nlohmann::ordered_json new_targets(const CommandLine& line, const Surroundings& here);

/// Whether something is said about the targets of a job that is there.
[[nodiscard]] bool changes_targets(const CommandLine& line) noexcept;

/// The list "targets" that is to take the place of what `settings`, those of job-show, say about
/// targets. The only target that a job had so far must be among them under a name, and is the first
/// then: the archive directory is its. Throws: Failure (usage, not_found).
[[nodiscard]] nlohmann::json changed_targets(const nlohmann::json& settings,
                                             const CommandLine& line);

}  // namespace duplid::ctl
