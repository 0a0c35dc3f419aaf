// Methods about the conversation and the daemon itself.
#pragma once

#include "proto/field.hpp"
#include "proto/jobs.hpp"
#include "proto/protocol.hpp"
#include "proto/run.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::proto {

enum class Instance { private_, user, system, other };
[[nodiscard]] std::span<const Choice> choices_of(Instance) noexcept;

/// A reply or params without members.
struct Nothing {
    void describe(Fields& fields);
};

/// First on every connection.
struct HelloParams {
    std::uint64_t protocol_min = protocol_version;
    std::uint64_t protocol_max = protocol_version;
    std::string client;  ///< program and version, for the log

    void describe(Fields& fields);
};

struct HelloReply {
    std::uint64_t protocol = protocol_version;
    std::string version;
    Instance instance = Instance::other;
    std::uint64_t pid = 0;
    /// Device and inode of the daemon's `/`: another one means another view of all paths.
    std::uint64_t root_device = 0;
    std::uint64_t root_inode = 0;
    std::vector<std::string> features;

    void describe(Fields& fields);
};

struct ApiReply {
    Json schema;

    void describe(Fields& fields);
};

/// "I shall renew this within `seconds`." Until it is renewed after that, attached runs of this
/// connection hold still; they go on at the next renewal. The first call begins it.
struct LeaseParams {
    std::uint64_t seconds = 0;

    void describe(Fields& fields);
};

struct LeaseReply {
    bool held = false;  ///< runs had been held and now go on

    void describe(Fields& fields);
};

struct StatusReply {
    std::string version;
    Instance instance = Instance::other;
    std::uint64_t pid = 0;
    std::int64_t started = 0;  ///< epoch seconds
    bool stopping = false;
    std::uint64_t connections = 0;
    std::uint64_t running = 0;
    std::uint64_t queued = 0;
    std::vector<RunSummary> runs;  ///< those running or queued
    std::vector<JobSummary> jobs{};

    void describe(Fields& fields);
};

}  // namespace duplid::proto
