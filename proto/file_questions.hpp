// Questions about files over many sets: find and versions.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/questions.hpp"
#include "proto/report.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

/// Answered by notifications "files"; all of them come before the reply.
struct FindParams {
    ArchiveParams archive;
    std::string pattern;  ///< bytes; empty: everything
    bool regexp = false;
    std::optional<std::int64_t> time;
    bool all_times = false;
    std::string types;  ///< letters of FileEntry::type; empty: all
    std::optional<std::uint64_t> bytes_min;
    std::optional<std::uint64_t> bytes_max;
    std::optional<std::int64_t> newer_than;
    std::optional<std::int64_t> older_than;
    std::uint64_t limit = 0;  ///< paths; 0: all
    std::string after;        ///< bytes

    void describe(Fields& fields);
};

struct FindReply {
    std::uint64_t files = 0;  ///< entries sent
    std::uint64_t paths = 0;  ///< of so many paths
    bool more = false;        ///< this was a page, and there may be more
    std::string next;         ///< then: `after` of the next one
    std::uint64_t unknown_sets = 0;

    void describe(Fields& fields);
};

struct VersionsParams {
    ArchiveParams archive;
    std::string path;

    void describe(Fields& fields);
};

struct VersionEntry {
    SetName first_set;              ///< the first set that holds this version
    SetName last_set;               ///< the last one before the next version
    std::optional<FileEntry> file;  ///< not set: the path was gone in these sets

    void describe(Fields& fields);
};

/// Notification "versions": a part of the answer to the request with that id, oldest first. All of
/// them come before the reply.
struct VersionsNotification {
    Json request;
    std::vector<VersionEntry> versions;

    void describe(Fields& fields);
};

struct VersionsReply {
    std::uint64_t versions = 0;  ///< entries sent that are no deletion
    std::uint64_t unknown_sets = 0;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
