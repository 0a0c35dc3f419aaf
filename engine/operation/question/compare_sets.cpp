#include "engine/naming/index.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/question/compare.hpp"
#include "engine/operation/question/compare_parts.hpp"

#include <vector>

namespace duplid::operation {

namespace {

/// One of the two states.
struct Side {
    const IndexedChain& chain;
    std::int32_t position;
    cache::FileCursor cursor;
    cache::FileRow row{};
    bool filled = false;

    void advance() { filled = cursor.next(row); }
    [[nodiscard]] const naming::SetId& set() const
    {
        return chain.chain->sets[static_cast<std::size_t>(position)].id;
    }
};

Side side_of(const ReadyIndex& ready, const chain::Chain& chain, std::optional<std::int64_t> time)
{
    const auto& indexed =
        ready.chains.front().chain == &chain ? ready.chains.front() : ready.chains.back();
    const auto position = position_at(indexed, time);
    return {indexed, position, ready.index->state(indexed.id, position)};
}

void compare(Side& before, Side& after, const std::stop_token& stop, DifferenceTeller& teller)
{
    before.advance();
    after.advance();
    while ((before.filled || after.filled) && !stop.stop_requested()) {
        const int order = !before.filled  ? 1
                          : !after.filled ? -1
                                          : before.row.key.compare(after.row.key);
        const bool goes_on =
            teller.tell(order <= 0 ? &before.row : nullptr, order >= 0 ? &after.row : nullptr);
        if (!goes_on) {
            return;
        }
        if (order <= 0) {
            before.advance();
        }
        if (order >= 0) {
            after.advance();
        }
    }
}

}  // namespace

CompareOutcome compare_sets(Archive& archive, const CompareSetsRequest& request, Monitor& monitor,
                            std::stop_token stop, const TakeDifference& take)
{
    const auto listing = list_archive(archive);
    const auto& before_chain = wanted_chain(archive, listing, request.time);
    const auto& after_chain = wanted_chain(archive, listing, request.with);
    std::vector<const chain::Chain*> chains{&before_chain};
    if (&after_chain != &before_chain) {
        chains.push_back(&after_chain);
    }
    CompareOutcome outcome;
    return with_index(
        archive,
        [&] {
            outcome = {};
            const auto ready = ready_index(archive, listing, chains, monitor, stop);
            auto before = side_of(ready, before_chain, request.time);
            auto after = side_of(ready, after_chain, request.with);
            outcome.before = before.set();
            outcome.after = after.set();
            DifferenceTeller teller{take, outcome, monitor, ready.index->count(after.chain.id)};
            compare(before, after, stop, teller);
            return outcome;
        },
        [&] { return outcome.differences == 0; });
}

}  // namespace duplid::operation
