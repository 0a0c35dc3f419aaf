// compare: what differs between two states of a backup, or between one and a directory.
#pragma once

#include "proto/backup.hpp"
#include "proto/changes.hpp"
#include "proto/questions.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

struct CompareParams {
    ArchiveParams archive;
    std::optional<std::int64_t> time;  ///< the first state; not set: the newest
    /// The second state, where there is no directory; not set: the newest.
    std::optional<std::int64_t> with;
    std::string directory;  ///< as the user typed it: rules are compared with it
    std::vector<RuleParams> rules;
    bool null_separator = false;
    bool compare_data = false;      ///< read every file of the directory
    std::vector<std::string> made;  ///< paths of files that commands made

    void describe(Fields& fields);
};

struct DifferenceEntry {
    ChangeKind change = ChangeKind::other;
    std::string path;
    std::optional<FileEntry> before;
    std::optional<FileEntry> after;
    std::string error;  ///< why it is unreadable

    void describe(Fields& fields);
};

/// Notification "differences": a part of the answer to the request with that id, in index order.
/// All of them come before the reply.
struct DifferencesNotification {
    Json request;
    std::vector<DifferenceEntry> differences;

    void describe(Fields& fields);
};

struct CompareReply {
    SetName before;
    std::optional<SetName> after;   ///< not set: the directory
    std::uint64_t compared = 0;     ///< paths that one side or both have
    std::uint64_t differences = 0;  ///< entries sent
    std::uint64_t unreadable = 0;   ///< of them, files and directories nothing is known of

    void describe(Fields& fields);
};

}  // namespace duplid::proto
