// What differs between two states of a backup, or between one and a directory.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/question/listed_file.hpp"
#include "engine/select/rule.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

struct PathDifference {
    enum class Kind {
        added,       ///< not in the first state
        removed,     ///< not in the second one
        changed,     ///< type, content, link target or device
        metadata,    ///< mode, owner or time only
        unreadable,  ///< (of a directory) nothing is known of it
    };
    Kind kind = Kind::added;
    std::string path;  ///< raw bytes, relative to the root
    std::optional<ListedFile> before;
    std::optional<ListedFile> after;
    std::string error;  ///< why it is unreadable
};

using TakeDifference = std::function<bool(const PathDifference&)>;

struct CompareOutcome {
    naming::SetId before;
    std::optional<naming::SetId> after;  ///< nothing: a directory
    std::uint64_t compared = 0;          ///< paths that one side or both have
    std::uint64_t differences = 0;       ///< given, those that are unreadable included
    std::uint64_t unreadable = 0;
};

struct CompareSetsRequest {
    std::optional<std::int64_t> time{};  ///< the first state; nothing: the newest
    std::optional<std::int64_t> with{};  ///< the second state; nothing: the newest
};

/// Calls `take` for each difference in index order, until it returns false.
/// The archive need not be locked. Throws: Error; not_found when the archive has no backup.
CompareOutcome compare_sets(Archive& archive, const CompareSetsRequest& request, Monitor& monitor,
                            std::stop_token stop, const TakeDifference& take);

struct CompareTreeRequest {
    std::optional<std::int64_t> time{};
    /// The directory (or file), as select::normal_source gives it; rules are compared with it.
    std::string source{};
    std::vector<select::RuleOption> rules{};
    select::RuleSettings rule_settings{};
    /// Read every file. Otherwise only those whose size is the same and whose time is not: then the
    /// content tells whether the file changed or only its time did.
    bool compare_data = false;
    /// Paths of files that were made for the backup (object/made_file.hpp): not removed where
    /// `source` lacks them, or a folder that leads to one.
    std::vector<std::string> made{};
};

/// As compare_sets(), with a state first and a directory second. What the rules exclude is left out
/// on both sides. Throws: also select::SelectionError, and what opening the directory throws.
CompareOutcome compare_tree(Archive& archive, const CompareTreeRequest& request, Monitor& monitor,
                            std::stop_token stop, const TakeDifference& take);

}  // namespace duplid::operation
