// Aligns the cache with the target: fetches what is missing, drops what is gone.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"

#include <cstdint>
#include <stop_token>

namespace duplid::operation {

/// duplicity's --metadata-sync-mode (archive-format.md 11.9).
enum class SyncScope {
    newest_chain,  ///< partial
    all_chains,    ///< full
};

struct SyncOptions {
    SyncScope scope = SyncScope::newest_chain;
    /// Only the files that duplicity keeps there; the catalog and the index follow when they are
    /// needed.
    bool files_only = false;
    /// Only tell (Monitor) what would be fetched and removed.
    bool dry_run = false;
};

struct SyncReport {
    std::uint64_t sets = 0;           ///< in scope
    std::uint64_t fetched_files = 0;  ///< manifests and signatures
    std::uint64_t fetched_bytes = 0;  ///< of them, as far as the target's listing tells
    std::uint64_t removed_files = 0;  ///< from the cache
};

/// Has the cache hold the manifest and the signatures of every set in scope, the catalog and the
/// index of files reflect them, and nothing in it belong to sets that the target does not have any
/// more. Reads from the target and writes nothing there. The archive must be locked.
///
/// Signatures that only the cache has are kept as long as their set exists: nobody can make them
/// again. (duplicity deletes them.)
///
/// Each file is told of before it is touched: what goes first, then what comes, sorted by name.
///
/// Throws: Error; wrong_secret and denied when the target's files cannot be decrypted here.
SyncReport sync(Archive& archive, const SyncOptions& options, Monitor& monitor,
                const std::stop_token& stop);

}  // namespace duplid::operation
