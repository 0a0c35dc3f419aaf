#include "daemon/questions/collection_parts.hpp"

#include <utility>

namespace duplid::daemon {

namespace {

/// Of a set: names of files are about half as long as the rest.
std::size_t weight_of(const proto::SetStatus& set) noexcept
{
    return 1 + set.files.size() / 2;
}

std::size_t weight_of(const std::vector<proto::SetStatus>& sets) noexcept
{
    std::size_t weight = 0;
    for (const auto& set : sets) {
        weight += weight_of(set);
    }
    return weight;
}

/// Opens a new part when one is full.
class Parts {
public:
    void add_chain(proto::ChainStatus& chain)
    {
        begin_chain(chain, false);
        for (auto& set : chain.sets) {
            if (is_full()) {
                begin_chain(chain, true);
            }
            ++used_;
            parts_.back().chains.back().sets.push_back(std::move(set));
        }
    }

    void add_sets(std::vector<proto::SetStatus>& sets,
                  std::vector<proto::SetStatus> proto::CollectionNotification::*list)
    {
        for (auto& set : sets) {
            room(weight_of(set));
            (parts_.back().*list).push_back(std::move(set));
        }
    }

    [[nodiscard]] std::vector<proto::CollectionNotification> take() { return std::move(parts_); }

private:
    [[nodiscard]] bool is_full() const noexcept
    {
        return parts_.empty() || used_ >= sets_per_part_max;
    }

    void room(std::size_t weight)
    {
        if (is_full()) {
            parts_.emplace_back();
            used_ = 0;
        }
        used_ += weight;
    }

    void begin_chain(const proto::ChainStatus& chain, bool continued)
    {
        room(1);
        auto& begun = parts_.back().chains.emplace_back();
        begun.has_signatures = chain.has_signatures;
        begun.signature_copies = chain.signature_copies;
        begun.continued = continued;
    }

    std::vector<proto::CollectionNotification> parts_;
    std::size_t used_ = 0;
};

}  // namespace

std::vector<proto::CollectionNotification> take_parts(proto::CollectionStatusReply& reply)
{
    auto count = reply.chains.size() + weight_of(reply.orphaned) + weight_of(reply.incomplete);
    for (const auto& chain : reply.chains) {
        count += chain.sets.size();
    }
    if (count <= sets_per_part_max) {
        return {};
    }
    Parts parts;
    for (auto& chain : std::exchange(reply.chains, {})) {
        parts.add_chain(chain);
    }
    auto orphaned = std::exchange(reply.orphaned, {});
    parts.add_sets(orphaned, &proto::CollectionNotification::orphaned);
    auto incomplete = std::exchange(reply.incomplete, {});
    parts.add_sets(incomplete, &proto::CollectionNotification::incomplete);
    return parts.take();
}

}  // namespace duplid::daemon
