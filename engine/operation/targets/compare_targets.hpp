// Several targets that are to hold one archive, byte for byte: which of them has all of it, what
// the others lack, and which of them holds something else. Names and sizes only: nothing is read or
// changed here.
//
// What is compared are complete sets; what interrupted runs left is nobody's measure.
#pragma once

#include "engine/naming/name.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/remote.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::operation {

/// One of the targets, as it was listed.
struct ListedTarget {
    std::string name{};  ///< for messages
    std::vector<remote::Listed> files{};
    std::string newest{};       ///< TargetRecord::newest
    bool may_be_empty = false;  ///< somebody said that it is so on purpose
    /// It was in the last attempt at a backup to its end: what it has of that attempt's set are the
    /// set's own files.
    bool took_part = false;
    /// A set (catalog_name_of) of which that was found to be so before.
    std::string sound_set{};
};

struct MissingFile {
    std::string name;
    std::uint64_t bytes = remote::unknown_bytes;
    bool is_there = false;  ///< a file of that name and size is: of a copy that broke off, or stale
};

/// A set that a target lacks, or files of one.
struct MissingSet {
    naming::SetId set{};
    bool is_new = true;  ///< all of it is to come; else only these, and the others are known
    std::vector<MissingFile> files{};  ///< in the order in which they come: the manifest last
    /// Volumes that an attempt which was given up left there, and that the set does not have: no
    /// manifest may come to stand beside them.
    std::vector<std::string> surplus{};
};

enum class Standing {
    whole,
    behind,
    refused,  ///< nothing may be put there
};

struct TargetVerdict {
    Standing standing = Standing::whole;
    std::optional<Error> why{};         ///< it is refused
    std::vector<MissingSet> missing{};  ///< it is behind; in the order in which they come
    /// Manifests that must be the same here and on the leader, byte for byte, before it may be
    /// believed that the sets are: names and sizes of other archives could agree by chance.
    std::vector<std::string> to_prove{};
};

struct TargetComparison {
    /// The one to read from, which has all that any has. Not set: all of them are refused.
    std::optional<std::size_t> leader{};
    /// The leader's newest set and its manifest, if it has one.
    std::optional<naming::SetId> newest{};
    std::string newest_manifest{};
    std::vector<TargetVerdict> verdicts{};
};

/// `anew`: a full set will be made. It needs no base, so that a target whose newest chain has gone
/// another way than the leader's may take it.
///
/// A target that shares a chain with the leader lacks nothing older than that: retention, which is
/// done for each target by itself, has removed it there.
///
/// Throws: Error invalid when two targets hold different archives and nothing tells which of them
/// is meant.
[[nodiscard]] TargetComparison compare_targets(std::span<const ListedTarget> targets,
                                               const naming::Prefixes& prefixes, bool anew);

}  // namespace duplid::operation
