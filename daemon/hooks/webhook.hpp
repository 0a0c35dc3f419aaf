// Tells a web service that something happened: a ping, in the manner of healthchecks.io.
#pragma once

#include "storage/io/secret.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::hooks {

/// How often, and how patiently. A service that is away for longer misses the ping.
struct PingPatience {
    std::chrono::seconds time_max{15};  ///< of each attempt
    /// Before each further attempt.
    std::vector<std::chrono::milliseconds> pauses{std::chrono::seconds{1}, std::chrono::seconds{4},
                                                  std::chrono::seconds{15}};
};

struct Ping {
    /// It often is all that a service knows its callers by, so it counts as a secret.
    io::Secret url;
    bool is_post = true;
    std::string text;    ///< the body of a POST
    std::string object;  ///< what messages call it
};

/// Throws: Error unreachable when the service did not answer, or was busy, each time; as its status
/// says for other answers than 2xx; cancelled. No message holds the URL.
void send_ping(const Ping& ping, const PingPatience& patience, const std::stop_token& stop);

/// `url` with `word` as a further part of its path: before a query, if it has one.
[[nodiscard]] std::string with_path(const std::string& url, const std::string& word);

}  // namespace duplid::hooks
