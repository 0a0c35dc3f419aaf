// collection-status --file-changed and --show-changes-in-set: which files a set changed.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/report.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

enum class ChangeKind { added, changed, metadata, removed, unreadable, other };
[[nodiscard]] std::span<const Choice> choices_of(ChangeKind) noexcept;

struct FileChangedParams {
    ArchiveParams archive;
    std::string path;

    void describe(Fields& fields);
};

struct ChangesInSetParams {
    ArchiveParams archive;
    std::uint64_t number = 0;  ///< 0: the newest set

    void describe(Fields& fields);
};

/// Of a regular file, as the set's manifest says.
struct ChangeEntry {
    SetName set;
    ChangeKind change = ChangeKind::other;
    std::string path;

    void describe(Fields& fields);
};

/// Notification "changes": a part of the answer to the request with that id, by set and path. All
/// of them come before the reply.
struct ChangesNotification {
    Json request;
    std::vector<ChangeEntry> changes;

    void describe(Fields& fields);
};

struct ChangesReply {
    std::uint64_t changes = 0;   ///< entries sent
    std::optional<SetName> set;  ///< the one that was asked about

    void describe(Fields& fields);
};

}  // namespace duplid::proto
