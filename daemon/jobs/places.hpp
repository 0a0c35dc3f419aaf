// What a job names on this machine, tried with the daemon's own rights and in its own view of the
// machine before a run has to: in a service's sandbox a target may be read-only, and /tmp another
// one than everybody else's. Nothing is changed by it.
#pragma once

#include "daemon/jobs/loader.hpp"
#include "daemon/jobs/secrets.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::jobs {

/// What is in the way of something, and what a person can do about it.
struct Obstacle {
    std::string cause;
    std::string hint;
};

/// Of making a directory, or files in it if it is there. Nothing: there is none. May take as long
/// as a disk or a server takes to answer.
[[nodiscard]] std::optional<Obstacle> obstacle_to_writing(const std::string& directory);
/// Of reading a file or a directory.
[[nodiscard]] std::optional<Obstacle> obstacle_to_reading(const std::string& path);

/// Source, targets on this machine, secrets in files: each obstacle at its place in the job's
/// files. What the job waits for by its conditions is not looked at, and no program is run and no
/// key ring opened: these may ask somebody.
[[nodiscard]] std::vector<Problem> obstacles(const LoadedJob& loaded,
                                             const SecretSurroundings& surroundings,
                                             const std::stop_token& stop);

}  // namespace duplid::jobs
