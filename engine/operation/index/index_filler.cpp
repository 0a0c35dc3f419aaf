#include "engine/operation/index/index_filler.hpp"

#include <algorithm>

namespace duplid::operation {

IndexFiller::IndexFiller(const Archive& archive, const Listing& listing,
                         const SignaturesById& signatures, const std::stop_token& stop)
    : signatures_{signatures}, lock_{cache::FileLock::take_when_free(
                                   cache::FileIndex::lock_path(archive.directory.path()), stop)},
      index_{cache::FileIndex::open(archive.directory.path())}
{
    const auto& chains = listing.collection.chains;
    for (const auto& one : index_->chains()) {
        if (std::none_of(chains.begin(), chains.end(), [&](const chain::Chain& chain) {
                return name_of_chain(chain) == one.name;
            })) {
            index_->drop_chain(one.id);
        }
    }
}

std::size_t IndexFiller::enter(const chain::Chain& chain)
{
    files_ = signatures_of(chain, signatures_);
    chain_ = index_->chain_named(name_of_chain(chain));
    const auto known = sets_known(index_->applied(chain_), files_);
    if (!known) {
        index_->drop_chain(chain_);
        chain_ = index_->chain_named(name_of_chain(chain));
    }
    next_ = known.value_or(0);
    return next_;
}

const SetSignatures* IndexFiller::wanted() const
{
    return next_ < files_.size() ? files_[next_] : nullptr;
}

SetListener* IndexFiller::listener_for(const naming::SetId& set)
{
    const auto* next = wanted();
    return next != nullptr && next->id == set ? this : nullptr;
}

void IndexFiller::begin()
{
    index_->begin_set(chain_);
}

void IndexFiller::entry(const volume::Member& member, const tar::Header& header,
                        tar::Reader& content)
{
    if (member.kind != volume::MemberKind::deleted) {
        maker_.make(member, header, content, row_);
        index_->put(row_);
    } else if (!member.key.empty()) {  // archive-format.md 5.5: of the root it is ignored
        index_->remove(member.key);
    }
}

void IndexFiller::commit()
{
    index_->commit_set(indexed_set_of(*files_.at(next_)));
    ++next_;
}

void IndexFiller::abandon() noexcept
{
    index_->abandon_set();
}

}  // namespace duplid::operation
