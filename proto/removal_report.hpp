// What a removal or a cleanup came to, or would come to.
#pragma once

#include "proto/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

/// Why a chain stays. The first seven are the rules of `prune`.
enum class KeepRule {
    last,
    hourly,
    daily,
    weekly,
    monthly,
    yearly,
    within,
    newer,
    no_increments,
    newest_chain,
    last_good_chain,
    future,
    other,
};
[[nodiscard]] std::span<const Choice> choices_of(KeepRule) noexcept;

struct KeepReason {
    KeepRule rule = KeepRule::other;
    std::uint64_t sets = 0;   ///< of a rule of `prune`: how many of the chain's sets it picks
    std::int64_t newest = 0;  ///< the time of the newest of them, epoch seconds

    void describe(Fields& fields);
};

enum class ChainFate { stays, goes, loses_increments, other };
[[nodiscard]] std::span<const Choice> choices_of(ChainFate) noexcept;

struct JudgedChain {
    SetName first;
    SetName last;
    std::uint64_t sets = 0;
    ChainFate fate = ChainFate::other;
    std::vector<KeepReason> reasons;
    bool goes_after_full = false;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;

    void describe(Fields& fields);
};

/// Why files go that are not, or no longer, of a chain.
enum class RemovalCause {
    chain,
    left_over,
    orphaned,
    replaced,
    incomplete,
    partial,
    signatures,
    duplicates,
    old_signatures,
    other,
};
[[nodiscard]] std::span<const Choice> choices_of(RemovalCause) noexcept;

struct RemovedPart {
    SetName set;
    RemovalCause cause = RemovalCause::other;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;

    void describe(Fields& fields);
};

struct RemovedFile {
    std::string name;
    std::uint64_t bytes = 0;

    void describe(Fields& fields);
};

/// Lists are cut where they would get too long for a line; the counts are of everything.
struct RemovalReport {
    static constexpr std::size_t listed_max = 500;
    static constexpr std::size_t files_listed_max = 1000;

    bool removed = false;  ///< else it was only looked at
    std::optional<std::int64_t> older_than;
    std::vector<JudgedChain> chains;
    std::vector<SetName> needed;
    std::vector<RemovedPart> parts;
    std::vector<RemovedFile> files;
    std::vector<RemovedFile> cached;
    std::vector<std::string> ignored;
    std::uint64_t files_count = 0;
    std::uint64_t bytes = 0;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
