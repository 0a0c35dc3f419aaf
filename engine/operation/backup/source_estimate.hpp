// How much a source will turn out to hold, for those who want to know how long a backup takes.
#pragma once

#include "engine/operation/backup/backup.hpp"
#include "storage/cache/catalog.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <thread>

namespace duplid::operation {

/// Of what the rules let through. Bytes: of regular files.
struct SourceTotals {
    std::uint64_t files = 0;  ///< objects of all types
    std::uint64_t bytes = 0;

    friend bool operator==(const SourceTotals&, const SourceTotals&) = default;
};

/// What the last backup found, as the catalog has it; nothing when it does not.
[[nodiscard]] std::optional<SourceTotals> known_totals(cache::Catalog& catalog);
/// For the next one. Failing costs nothing but that.
void remember_totals(cache::Catalog& catalog, const SourceTotals& totals) noexcept;

/// A guess, never relied on. Where no earlier backup says anything, a thread of its own walks the
/// source a second time, ahead of the one that reads it, and only once that has gone on for a
/// while: who is done in seconds needs no forecast. It does not where rules come from lists, which
/// may be pipes that can be read once.
///
/// One thread, the run's own, but for the walk.
class SourceEstimate {
public:
    static constexpr std::chrono::seconds patience{3};

    /// `request` must outlive it.
    SourceEstimate(const BackupRequest& request, std::optional<SourceTotals> known,
                   std::chrono::milliseconds patience_before_walk = patience);
    SourceEstimate(const SourceEstimate&) = delete;
    SourceEstimate& operator=(const SourceEstimate&) = delete;

    /// Nothing as long as there is no guess. Does not wait.
    [[nodiscard]] std::optional<SourceTotals> totals();

private:
    void walk(const std::stop_token& stop) noexcept;

    const BackupRequest& request_;
    std::optional<SourceTotals> known_;
    std::chrono::steady_clock::time_point walk_from_;
    bool may_walk_;
    SourceTotals walked_;
    std::atomic<bool> has_walked_ = false;  ///< then walked_ does not change any more
    std::jthread walk_;                     // last: it uses all of the above
};

}  // namespace duplid::operation
