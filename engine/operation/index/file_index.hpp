// The index of files made to reflect an archive's signatures, for questions about its files.
#pragma once

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "storage/cache/file_index.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// A chain in the index.
struct IndexedChain {
    const chain::Chain* chain = nullptr;  ///< never null; points into the listing
    std::int64_t id = 0;                  ///< what the index calls it
    /// Sets that the index reflects, from the full one on: fewer than the chain has where
    /// signatures are missing, for nothing is known of what comes after such a gap.
    std::size_t sets = 0;
};

struct ReadyIndex {
    std::unique_ptr<cache::FileIndex> index;
    std::vector<IndexedChain> chains;  ///< those asked for, in their order
};

/// Opens the index of the archive and makes it reflect `chains`, which point into `listing`. When
/// it does already, nothing is written and no lock is taken. Otherwise the signatures of what is
/// missing are read, from the cache or else from the target, and chains that are gone are dropped.
/// The archive itself need not be locked: nothing but the index is written.
///
/// Throws: Error; wrong_secret when signatures are only on the target and cannot be decrypted here;
/// cancelled.
[[nodiscard]] ReadyIndex ready_index(Archive& archive, const Listing& listing,
                                     std::span<const chain::Chain* const> chains, Monitor& monitor,
                                     const std::stop_token& stop);

/// Whether it is the index, and not the archive, that is damaged.
[[nodiscard]] bool is_damaged_index(const Archive& archive, const Error& error);

/// Runs `answer`, which uses an index of `archive`. If that turns out to be damaged, it is put
/// aside, so that the next question makes it anew; `answer` is run again if `may_repeat` says so.
/// Throws: whatever `answer` throws.
template <class Answer, class MayRepeat>
auto with_index(Archive& archive, const Answer& answer, const MayRepeat& may_repeat)
{
    try {
        return answer();
    } catch (const Error& error) {
        if (!is_damaged_index(archive, error)) {
            throw;
        }
        cache::FileIndex::set_aside(archive.directory.path());
        if (!may_repeat()) {
            throw;
        }
    }
    return answer();
}

/// The chain of the state as of `time`, or of the newest. Throws: Error not_found when there is no
/// backup.
[[nodiscard]] const chain::Chain& wanted_chain(const Archive& archive, const Listing& listing,
                                               std::optional<std::int64_t> time);

/// The position in its chain of the set whose state is that of `time`. Throws: Error not_found
/// when the index does not reach that far, because signatures are missing.
[[nodiscard]] std::int32_t position_at(const IndexedChain& chain, std::optional<std::int64_t> time);

}  // namespace duplid::operation
