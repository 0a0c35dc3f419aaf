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
    /// End with `busy` when somebody else is at work on the archive.
    bool undisturbed = false;

    void describe(Fields& fields);
};

struct SetStatus {
    SetName set;
    std::uint32_t volumes = 0;
    std::uint64_t bytes = 0;
    bool encrypted = false;
    bool resumable = false;  ///< of an incomplete one: the next backup can go on with it here
    std::vector<std::string> files = {};  ///< of an orphaned one: the first thousand names

    void describe(Fields& fields);
};

struct ChainStatus {
    std::vector<SetStatus> sets;  ///< the full one first
    bool has_signatures = false;
    /// In how many places, the target and the cache, there are signatures of the chain.
    std::uint32_t signature_copies = 0;
    /// Of a part of a long answer: these sets follow those of the last chain of the part before.
    bool continued = false;

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
    /// Chains of signatures, on the target and in the cache, whatever they belong to.
    std::uint64_t signature_chains = 0;
    /// Files of signatures that belong to no chain: the first thousand.
    std::vector<std::string> orphaned_signatures;
    std::vector<std::string> cached_orphaned_signatures;
    std::optional<ReadBackStatus> read_back;  ///< not set: no check ever read data

    void describe(Fields& fields);
};

/// Notification "collection": a part of the answer to the request with that id, where the reply
/// would not fit into a line. All of them come before the reply, whose own lists are then empty and
/// which is complete once they are put together (see `continued`).
struct CollectionNotification {
    Json request;
    std::vector<ChainStatus> chains;
    std::vector<SetStatus> orphaned;
    std::vector<SetStatus> incomplete;

    void describe(Fields& fields);
};

/// Puts a part to what is there of the answer.
void add_part(CollectionStatusReply& whole, CollectionNotification part);

struct ListFilesParams {
    ArchiveParams archive;
    std::optional<std::int64_t> time;
    std::string path;  ///< only what is at or below it; empty: everything
    /// So many levels below the path at most; not set: all.
    std::optional<std::uint32_t> depth;
    bool without_path = false;  ///< with depth 1: what a folder holds
    std::uint64_t limit = 0;    ///< at most so many; 0: all
    std::string after;          ///< only what comes after this path: where a page ended
    bool unfinished = false;    ///< without a whole backup: what an interrupted full set holds

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
    std::optional<std::uint32_t> mtime_ns;
    std::string sha256;  ///< of the content, hex; empty: not known
    /// Answers of `find`: the first set and the last one of its chain that hold this version.
    std::optional<SetName> first_set;
    std::optional<SetName> last_set;

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
    bool more = false;        ///< the limit left some out

    void describe(Fields& fields);
};

}  // namespace duplid::proto
