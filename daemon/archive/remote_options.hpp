// From a request's words about a target to what backends are given.
#pragma once

#include "proto/archive_params.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace duplid::daemon {

/// What a target is given beside the caller's words.
struct RemoteSurroundings {
    std::stop_token stop{};
    /// Null: limits of its own.
    std::shared_ptr<remote::RateLimits> limits{};
    std::uint32_t concurrency = 1;
    std::function<void(const std::string& text)> on_notice{};
    std::function<void(const Error&)> on_warning{};
};

/// Words that the target does not read are not looked at: scripts say them for another target
/// (command-line.md 2.6). Throws: Error invalid, its object the option.
[[nodiscard]] remote::RemoteOptions remote_options(const proto::ArchiveParams& params,
                                                   RemoteSurroundings surroundings = {});

}  // namespace duplid::daemon
