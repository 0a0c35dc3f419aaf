// The state an increment is compared with: the catalog brought up to a chain's end, and the old
// signatures of files that changed.
#pragma once

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/tar/header.hpp"
#include "engine/volume/member.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/source.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstdint>
#include <functional>
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

/// Hears of each entry of a sigtar as it is staged.
using SignatureListener = std::function<void(const volume::Member&, const tar::Header&)>;

/// Stages every entry of a set's sigtar. The catalog has an open run. Throws: Error.
void stage_signatures(Archive& archive, cache::Catalog& catalog, io::Source& raw, bool full,
                      const SignatureListener& listener, const std::stop_token& stop);

/// Makes the catalog reflect exactly the sets of `signatures`. What it knows already is kept, also
/// when sets are missing at the end; a catalog of other sets is begun anew. Signatures that are
/// read are left in the cache in chunks, so that one can be found again without the rest.
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
