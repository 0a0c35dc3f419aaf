// One pass over a set's signatures serves everybody who has to know them: the catalog, the cache's
// copy in chunks, and who else listens.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/tar/header.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/source.hpp"

#include <functional>
#include <stop_token>
#include <vector>

namespace duplid::operation {

/// Hears of each entry of a sigtar, in its order. `content` is at the entry's data, which may be
/// read.
using SignatureListener =
    std::function<void(const volume::Member&, const tar::Header&, tar::Reader& content)>;

/// Gives `take` every entry of a sigtar, and reads `raw` to its very end. Throws: Error; cancelled.
void read_signatures(io::Source& raw, const SignatureListener& take, const std::stop_token& stop);

/// Stages every entry of a set's sigtar. The catalog has an open run. Throws: Error.
void stage_signatures(Archive& archive, cache::Catalog& catalog, io::Source& raw, bool full,
                      const SignatureListener& listener, const std::stop_token& stop);

/// Somebody who keeps what a pass over a set tells: begin(), then each entry, then commit(), or at
/// any time abandon(). May begin again after that.
class SetListener {
public:
    SetListener() = default;
    SetListener(const SetListener&) = delete;
    SetListener& operator=(const SetListener&) = delete;
    virtual ~SetListener() = default;

    virtual void begin() = 0;
    virtual void entry(const volume::Member& member, const tar::Header& header,
                       tar::Reader& content) = 0;
    virtual void commit() = 0;
    virtual void abandon() noexcept = 0;
};

/// Who else than the cache learns from a pass; null: nobody.
struct PassFor {
    cache::Catalog* catalog = nullptr;  ///< which gets the set after its last one
    SetListener* listener = nullptr;
};

/// Reads a set's signatures from `raw`, to its very end, and leaves them in the cache in chunks, so
/// that one can be found again without the rest: where these are is returned. Where this throws,
/// the catalog has nothing of the set. Throws: Error, cancelled among them.
std::vector<cache::SigChunk> pass_signatures(Archive& archive, const naming::SetId& set,
                                             io::Source& raw, const PassFor& who,
                                             const std::stop_token& stop);

}  // namespace duplid::operation
