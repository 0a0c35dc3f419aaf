// Everything a target holds, sorted into sets and chains purely by file names.
//
// The rules are those of archive-format.md 10.1 to 10.4; section 14 lists where duplid is meant to
// differ from the reference, and each place here says so.
#pragma once

#include "engine/chain/backup_set.hpp"
#include "engine/naming/name.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::chain {

/// A full set and the increments on it, each starting where the one before ended.
struct Chain {
    std::vector<BackupSet> sets{};  ///< never empty; the full first, end times ascending

    [[nodiscard]] std::int64_t start() const { return sets.front().id.start; }
    [[nodiscard]] std::int64_t end() const { return sets.back().id.end; }
};

/// The signatures of one set.
struct SignatureFile {
    naming::SetId id{};
    std::string name{};
    /// Further copies of the same signatures, never read.
    std::vector<std::string> duplicates{};
};

/// As Chain, of signatures.
struct SignatureChain {
    std::vector<SignatureFile> files{};  ///< never empty; those of the full first

    [[nodiscard]] std::int64_t start() const { return files.front().id.start; }
    [[nodiscard]] std::int64_t end() const { return files.back().id.end; }
};

/// Signature files of one place: the target, or the cache. The chains are by end time.
struct Signatures {
    std::vector<SignatureChain> chains{};
    std::vector<SignatureFile> orphaned{};
};

struct Collection {
    std::vector<Chain> chains{};  ///< by end time
    /// Lists of sets are by end time. Complete, but no chain leads to them:
    std::vector<BackupSet> orphaned{};
    /// Complete, but a later increment from the same start took their place in its chain, which
    /// happens when the signatures of a chain's last set were lost (archive-format.md 10.2). The
    /// reference neither restores nor mentions nor removes them.
    std::vector<BackupSet> replaced{};
    /// Without a manifest anywhere: runs that broke off.
    std::vector<BackupSet> incomplete{};
    /// Resumable here. Never part of a chain, unlike in the reference, which restores from them
    /// on the one machine that was interrupted (archive-format.md 10.2 and 14).
    std::vector<BackupSet> partial{};

    Signatures signatures{};         ///< on the target
    Signatures cached_signatures{};  ///< finished ones in the cache

    /// Names on the target that begin like ours and are not: stray copies, volume 0, statistics
    /// of sets that are gone. Worth a warning; never deleted.
    std::vector<std::string> ignored{};
    /// Names in the cache that nobody needs any more: upload copies (`.sigtar.gpg`,
    /// `.manifest.gpg`), partial files of sets whose manifest is on the target, manifests of sets
    /// of which the target has nothing. Signatures are never among them.
    std::vector<std::string> cache_leftovers{};
};

/// Sorts the names of a target and of its local cache. The order of the names does not matter, and
/// names that are not the archive's are passed over.
[[nodiscard]] Collection collect(std::span<const std::string> target_names,
                                 std::span<const std::string> cache_names,
                                 const naming::Prefixes& prefixes);

}  // namespace duplid::chain
