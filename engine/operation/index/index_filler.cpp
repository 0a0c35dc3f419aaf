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
    changes_.emplace([this](const Change& change) { write(change); });
}

void IndexFiller::write(const Change& change)
{
    if (change.is_removal) {
        index_->remove(change.row.key);
    } else {
        index_->put(change.row);
    }
}

void IndexFiller::entry(const volume::Member& member, const tar::Header& header,
                        tar::Reader& content)
{
    const bool is_removal = member.kind == volume::MemberKind::deleted;
    if (is_removal && member.key.empty()) {
        return;  // archive-format.md 5.5: of the root it is ignored
    }
    auto& change = changes_->row();
    change.is_removal = is_removal;
    if (is_removal) {
        change.row.key = member.key;
    } else {
        maker_.make(member, header, content, change.row);
    }
    changes_->send();
}

void IndexFiller::commit()
{
    changes_->finish();
    changes_.reset();
    index_->commit_set(indexed_set_of(*files_.at(next_)));
    ++next_;
}

void IndexFiller::abandon() noexcept
{
    changes_.reset();
    index_->abandon_set();
}

}  // namespace duplid::operation
