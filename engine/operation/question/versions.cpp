#include "engine/operation/question/versions.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/question/row_difference.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

/// From this set on (until the next moment) the path was this, or was not there.
struct Moment {
    const chain::BackupSet* set = nullptr;
    std::optional<cache::FileRow> row;
};

/// What one chain knows of the path: a moment for its full set, and one for each change.
void add_moments(const IndexedChain& chain, std::vector<cache::FileRow> rows,
                 std::vector<Moment>& moments)
{
    const auto sets = static_cast<std::int32_t>(chain.sets);
    const auto set_at = [&](std::int32_t position) {
        return &chain.chain->sets.at(static_cast<std::size_t>(position));
    };
    std::int32_t told = 0;  // what is known of the sets before this position is in `moments`
    for (auto& row : rows) {
        if (told < row.since) {
            moments.push_back({set_at(told), std::nullopt});
        }
        told = row.until.value_or(sets);
        moments.push_back({set_at(row.since), std::move(row)});
    }
    if (told < sets) {
        moments.push_back({set_at(told), std::nullopt});
    }
}

bool is_new(const std::optional<cache::FileRow>& before, const std::optional<cache::FileRow>& now)
{
    if (!before || !now) {
        return before.has_value() != now.has_value();
    }
    return difference_of(*before, *now) != RowDifference::none;
}

}  // namespace

VersionsOutcome versions_of(Archive& archive, const std::string& path, Monitor& monitor,
                            std::stop_token stop,
                            const std::function<bool(const PathVersion&)>& take)
{
    const auto key = naming::key_of_path(path, Error::Kind::invalid);
    const auto listing = list_archive(archive);
    static_cast<void>(wanted_chain(archive, listing, std::nullopt));
    std::vector<const chain::Chain*> chains;
    std::vector<const chain::BackupSet*> all_sets;
    for (const auto& chain : listing.collection.chains) {
        chains.push_back(&chain);
    }

    VersionsOutcome outcome;
    std::vector<Moment> moments;
    with_index(
        archive,
        [&] {
            outcome = {};
            moments.clear();
            all_sets.clear();
            const auto ready = ready_index(archive, listing, chains, monitor, stop);
            for (const auto& chain : ready.chains) {
                add_moments(chain, ready.index->versions_of(chain.id, key), moments);
                outcome.unknown_sets += chain.chain->sets.size() - chain.sets;
                for (std::size_t i = 0; i < chain.sets; ++i) {
                    all_sets.push_back(&chain.chain->sets[i]);
                }
            }
        },
        [] { return true; });

    const auto by_time = [](const chain::BackupSet* left, const chain::BackupSet* right) {
        return left->id.end < right->id.end;
    };
    std::stable_sort(all_sets.begin(), all_sets.end(), by_time);
    std::stable_sort(moments.begin(), moments.end(), [&](const Moment& left, const Moment& right) {
        return by_time(left.set, right.set);
    });
    std::vector<Moment> changes;
    std::optional<cache::FileRow> state;
    for (auto& moment : moments) {
        if (is_new(state, moment.row)) {
            state = moment.row;
            changes.push_back(std::move(moment));
        }
    }
    if (changes.empty()) {
        throw Error{Error::Kind::not_found, "no backup holds this path", io::printable(path)};
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        PathVersion version;
        version.first = changes[i].set->id;
        // The last set before the next change.
        const auto end = i + 1 < changes.size() ? std::lower_bound(all_sets.begin(), all_sets.end(),
                                                                   changes[i + 1].set, by_time)
                                                : all_sets.end();
        version.last = end == all_sets.begin() ? version.first : (*std::prev(end))->id;
        if (changes[i].row) {
            put_file(*changes[i].row, version.file.emplace());
            ++outcome.versions;
        }
        if (!take(version)) {
            break;
        }
    }
    return outcome;
}

}  // namespace duplid::operation
