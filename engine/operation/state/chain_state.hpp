// The state an increment is compared with: the catalog brought up to a chain's end, and the old
// signatures of files that changed.
#pragma once

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/state/signature_pass.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/source.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace duplid::operation {

/// What the catalog calls a set.
[[nodiscard]] std::string catalog_name_of(const naming::SetId& set);

/// The tar stream of a set's signatures. Throws: Error.
[[nodiscard]] std::unique_ptr<io::Source> open_signatures(Archive& archive,
                                                          const chain::FoundSignatures& file);

/// What the catalog writes down of a set that it reflects.
[[nodiscard]] cache::AppliedSet applied_set_of(const Archive& archive, const naming::SetId& set);

/// Brings the catalog up to the end of a chain, set by set, for callers who open the signatures
/// themselves or want to hear of them too; others have bring_up_to_date(). One thread.
class CatalogUpdate {
public:
    /// All outlive this object. What the catalog knows already is kept, also when sets are missing
    /// at the end; a catalog of other sets is begun anew.
    CatalogUpdate(Archive& archive, cache::Catalog& catalog,
                  const chain::ActiveSignatures& signatures, Monitor& monitor);

    /// The position of the first set that the catalog does not reflect.
    [[nodiscard]] std::size_t next() const noexcept { return next_; }
    [[nodiscard]] bool is_done() const noexcept { return next_ == signatures_.files.size(); }

    /// Applies the next set. `content` is that of its signatures, or null: they are opened here.
    /// A damaged copy in the cache is fetched anew. Throws: Error; the catalog is then still that
    /// of the set before.
    void apply(std::unique_ptr<io::Source> content, SetListener* listener,
               const std::stop_token& stop);

private:
    [[nodiscard]] std::optional<std::string> original_of(const naming::SetId& set);

    Archive& archive_;
    cache::Catalog& catalog_;
    const chain::ActiveSignatures& signatures_;
    Monitor& monitor_;
    std::size_t next_ = 0;
};

/// Makes the catalog reflect exactly the sets of `signatures`. What it knows already is kept, also
/// when sets are missing at the end; a catalog of other sets is begun anew. Signatures that only
/// the target has are opened several at once, and left in the cache.
///
/// Throws: Error; wrong_secret and denied among them, when signatures are only on the target and
/// cannot be decrypted here. `catalog` is then valid, but of some earlier set.
void bring_up_to_date(Archive& archive, cache::Catalog& catalog,
                      const chain::ActiveSignatures& signatures, Monitor& monitor,
                      const std::stop_token& stop);

/// Reads single signatures out of the cache's sigtars. One thread.
class SignatureStore {
public:
    /// All outlive this object. `signatures` are those the catalog was brought up to.
    SignatureStore(Archive& archive, cache::Catalog& catalog,
                   const chain::ActiveSignatures& signatures)
        : archive_{archive}, catalog_{catalog}, signatures_{signatures}
    {
    }

    /// Puts the signature a row points at into `signature`; false when it cannot be had (the file
    /// is then stored whole).
    [[nodiscard]] bool find(const cache::StateRow& row, io::SpillBuffer& signature);

private:
    struct Sigtar {
        io::Fd file;
        std::vector<cache::SigChunk> chunks;
        std::size_t inflated = SIZE_MAX;  ///< index of the chunk in `content`
        io::Bytes content;
    };

    [[nodiscard]] Sigtar& open(std::int32_t set);

    Archive& archive_;
    cache::Catalog& catalog_;
    const chain::ActiveSignatures& signatures_;
    std::unordered_map<std::int32_t, Sigtar> sigtars_;
};

}  // namespace duplid::operation
