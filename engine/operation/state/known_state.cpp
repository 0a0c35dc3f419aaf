#include "engine/operation/state/known_state.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::operation {

KnownState::KnownState(Archive& archive, const chain::Collection& collection,
                       std::span<const chain::BackupSet> sets, const std::string& wanted,
                       Monitor& monitor)
    : monitor_{monitor}, wanted_{wanted}
{
    for (const auto& set : sets) {
        const auto file = find_signatures(collection, set.id);
        if (!file) {
            give_up(Error{
                Error::Kind::not_found,
                fmt::format("the signatures of the set {} are missing", spoken_name_of(set.id)),
                spoken_name_of(set.id)});
            return;
        }
        try {
            streams_.push_back(std::make_unique<SignatureStream>(archive, *file));
            advance(streams_.size() - 1);
        } catch (const Error& error) {
            give_up(error);
            return;
        }
    }
}

void KnownState::give_up(const Error& why)
{
    if (why.kind() == Error::Kind::unreachable || why.kind() == Error::Kind::cancelled) {
        throw Error{why};
    }
    is_complete_ = false;
    queue_.clear();
    done_.clear();
    monitor_.warn(Error{why.kind(),
                        fmt::format("content that has no SHA-256 is proven by its volumes' hashes "
                                    "alone: {}",
                                    why.what()),
                        why.object(), "a restore needs no signatures"});
}

bool KnownState::comes_later(std::size_t a, std::size_t b) const
{
    const int order = streams_[a]->member().key.compare(streams_[b]->member().key);
    return order != 0 ? order > 0 : a < b;  // of one path the newest set comes first
}

void KnownState::advance(std::size_t stream)
{
    if (streams_[stream]->next()) {
        queue_.push_back(stream);
        std::push_heap(queue_.begin(), queue_.end(),
                       [this](auto a, auto b) { return comes_later(a, b); });
    }
}

bool KnownState::next()
{
    const auto later = [this](auto a, auto b) { return comes_later(a, b); };
    try {
        for (;;) {
            for (const auto stream : done_) {
                advance(stream);
            }
            done_.clear();
            if (queue_.empty()) {
                return false;
            }
            current_ = queue_.front();
            key_ = streams_[current_]->member().key;
            while (!queue_.empty() && streams_[queue_.front()]->member().key == key_) {
                std::pop_heap(queue_.begin(), queue_.end(), later);
                done_.push_back(queue_.back());
                queue_.pop_back();
            }
            const bool exists = streams_[current_]->member().kind != volume::MemberKind::deleted;
            if (exists && naming::is_at_or_below(key_, wanted_)) {
                return true;
            }
        }
    } catch (const Error& error) {
        give_up(error);
        return false;
    }
}

}  // namespace duplid::operation
