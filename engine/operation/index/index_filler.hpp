// Fills the index of files out of passes over signatures, whoever makes them.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/row_pipe.hpp"
#include "engine/operation/index/chain_signatures.hpp"
#include "engine/operation/index/index_rows.hpp"
#include "engine/operation/state/signature_pass.hpp"
#include "storage/cache/file_index.hpp"
#include "storage/cache/file_lock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace duplid::operation {

/// Holds the index's lock as long as it lives. One thread; between begin() and commit() another one
/// writes what entries have told.
///
/// Errors of the index itself have it as their object, see is_damaged_index().
class IndexFiller final : public SetListener {
public:
    /// Waits for the lock, and drops chains that `listing` does not have any more. All outlive this
    /// object. Throws: Error; cancelled.
    IndexFiller(const Archive& archive, const Listing& listing, const SignaturesById& signatures,
                const std::stop_token& stop);

    /// Goes to a chain of the listing: from now on its sets are filled. What the index has of other
    /// sets of that name is dropped. Returns the position of the first set it lacks.
    std::size_t enter(const chain::Chain& chain);

    /// The set that a pass would fill next; null: the chain has no further signatures.
    [[nodiscard]] const SetSignatures* wanted() const;
    /// This object if that is the set, else null: nobody listens.
    [[nodiscard]] SetListener* listener_for(const naming::SetId& set);

    void begin() override;
    void entry(const volume::Member& member, const tar::Header& header,
               tar::Reader& content) override;
    void commit() override;
    void abandon() noexcept override;

private:
    struct Change {
        bool is_removal = false;  ///< then the row has nothing but its key
        cache::FileRow row;
    };

    void write(const Change& change);

    const SignaturesById& signatures_;
    cache::FileLock lock_;
    std::unique_ptr<cache::FileIndex> index_;
    std::int64_t chain_ = 0;
    std::vector<const SetSignatures*> files_;
    std::size_t next_ = 0;
    RowMaker maker_;
    std::optional<RowPipe<Change>> changes_;  ///< of the set that is being filled
};

}  // namespace duplid::operation
