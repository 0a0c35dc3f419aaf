// Questions about an archive: collection-status and list-current-files.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/report.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

struct CollectionStatusParams {
    ArchiveParams archive;

    void describe(Fields& fields);
};

struct SetStatus {
    SetName set;
    std::uint32_t volumes = 0;
    std::uint64_t bytes = 0;
    bool encrypted = false;

    void describe(Fields& fields);
};

struct ChainStatus {
    std::vector<SetStatus> sets;  ///< the full one first
    bool has_signatures = false;

    void describe(Fields& fields);
};

/// How much of the data check has read back lately.
struct ReadBackStatus {
    std::uint64_t total_bytes = 0;
    std::uint64_t recent_bytes = 0;
    std::uint64_t days = 0;

    void describe(Fields& fields);
};

struct CollectionStatusReply {
    std::string target;  ///< without a password
    std::string archive_directory;
    std::vector<ChainStatus> chains;       ///< oldest first
    std::optional<std::uint64_t> primary;  ///< index of the chain an increment would continue
    std::vector<SetStatus> orphaned;
    std::vector<SetStatus> incomplete;
    /// Foreign files that look almost like ours: the first hundred, and how many there are.
    std::vector<std::string> ignored;
    std::uint64_t ignored_count = 0;
    std::optional<ReadBackStatus> read_back;  ///< not set: no check ever read data

    void describe(Fields& fields);
};

struct ListFilesParams {
    ArchiveParams archive;
    std::optional<std::int64_t> time;
    std::string path;  ///< only what is at or below it; empty: everything

    void describe(Fields& fields);
};

struct FileEntry {
    std::string path;        ///< bytes, relative to the root, which is "."
    std::string type = "f";  ///< f d l p c b
    std::uint32_t mode = 0;
    std::uint64_t uid = 0;
    std::uint64_t gid = 0;
    std::int64_t mtime = 0;
    std::optional<std::uint64_t> bytes;
    std::string link;  ///< target of a symlink, bytes

    void describe(Fields& fields);
};

/// Notification "files": a part of the answer to the request with that id, in index order. All of
/// them come before the reply.
struct FilesNotification {
    Json request;
    std::vector<FileEntry> files;

    void describe(Fields& fields);
};

struct ListFilesReply {
    SetName set;              ///< the set listed
    std::uint64_t files = 0;  ///< entries sent

    void describe(Fields& fields);
};

}  // namespace duplid::proto
