#include "engine/operation/question/find_files.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/question/file_search.hpp"
#include "engine/operation/question/path_pattern.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

/// So many rows, names and blocks of names a page looks at, in all its chains: some tens of
/// milliseconds.
constexpr std::uint64_t page_steps_max = 50'000;

/// Whether a row is wanted, whatever its path.
bool takes(const FindRequest& request, const cache::FileRow& row)
{
    const char type = letter_of_row(row);
    if (!request.types.empty() && request.types.find(type) == std::string::npos) {
        return false;
    }
    const bool by_size = request.bytes_min || request.bytes_max;
    if (by_size && (type != 'f' || !row.size || *row.size < request.bytes_min.value_or(0) ||
                    (request.bytes_max && *row.size > *request.bytes_max))) {
        return false;
    }
    return !(request.newer_than && row.mtime <= *request.newer_than) &&
           !(request.older_than && row.mtime >= *request.older_than);
}

class Finder {
public:
    Finder(const FindRequest& request, std::stop_token stop,
           const std::function<bool(const FoundFile&)>& take)
        : request_{request}, stop_{std::move(stop)}, take_{take}
    {
        if (!request.pattern.empty()) {
            pattern_.emplace(request.pattern, request.is_regexp);
            wanted_.pattern = &*pattern_;
        }
        if (!request.after.empty()) {
            wanted_.after = naming::key_of_path(request.after, Error::Kind::invalid);
        }
        wanted_.takes = [this](const cache::FileRow& row) { return takes(request_, row); };
    }

    void find(ReadyIndex& ready)
    {
        if (request_.limit != 0) {
            wanted_.steps_max = std::max<std::uint64_t>(1, page_steps_max / ready.chains.size());
        }
        std::vector<FileSearch> searches;
        searches.reserve(ready.chains.size());
        for (const auto& chain : ready.chains) {
            const auto position = request_.all_times
                                      ? std::nullopt
                                      : std::optional{position_at(chain, request_.time)};
            searches.emplace_back(*ready.index, chain, position, wanted_).advance(stop_);
        }
        while (!over_ && !stop_.stop_requested()) {
            // Paths in their order, whatever chain has them; there are few chains.
            // A match comes before the pause of another chain at the same path.
            FileSearch* next = nullptr;
            for (auto& search : searches) {
                if (search.at() != FileSearch::At::end &&
                    (next == nullptr || order_of(search) < order_of(*next))) {
                    next = &search;
                }
            }
            if (next == nullptr) {
                break;
            }
            if (next->at() == FileSearch::At::pause) {
                end_page(next->key());
                break;
            }
            give(*next);
            next->advance(stop_);
        }
        for (const auto& search : searches) {
            outcome_.steps += search.steps();
        }
    }

    [[nodiscard]] FindOutcome& outcome() noexcept { return outcome_; }

private:
    static std::pair<std::string_view, bool> order_of(const FileSearch& search)
    {
        return {search.key(), search.at() == FileSearch::At::pause};
    }

    void end_page(const std::string& key)
    {
        outcome_.more = true;
        outcome_.next = naming::path_of_key(key);
        over_ = true;
    }

    void give(const FileSearch& search)
    {
        const auto& row = search.row();
        const bool new_path = !last_key_ || *last_key_ != row.key;
        if (new_path && request_.limit != 0 && outcome_.paths == request_.limit) {
            end_page(*last_key_);
            return;
        }
        if (new_path) {
            last_key_ = row.key;
            ++outcome_.paths;
        }
        const auto& sets = search.chain().chain->sets;
        const auto end = row.until ? static_cast<std::size_t>(*row.until) : search.chain().sets;
        put_file(row, found_.file);
        found_.first = sets.at(static_cast<std::size_t>(row.since)).id;
        found_.last = sets.at(end - 1).id;
        ++outcome_.files;
        over_ = !take_(found_);
    }

    const FindRequest& request_;
    std::stop_token stop_;
    const std::function<bool(const FoundFile&)>& take_;
    std::optional<PathPattern> pattern_;
    Wanted wanted_;
    std::optional<std::string> last_key_;
    FoundFile found_;
    bool over_ = false;
    FindOutcome outcome_;
};

std::vector<const chain::Chain*> chains_for(const Archive& archive, const Listing& listing,
                                            const FindRequest& request)
{
    const auto& wanted = wanted_chain(archive, listing, request.time);
    if (!request.all_times) {
        return {&wanted};
    }
    std::vector<const chain::Chain*> all;
    for (const auto& chain : listing.collection.chains) {
        all.push_back(&chain);
    }
    return all;
}

}  // namespace

FindOutcome find_files(Archive& archive, const FindRequest& request, Monitor& monitor,
                       std::stop_token stop, const std::function<bool(const FoundFile&)>& take)
{
    if (request.all_times && request.time) {
        throw Error{Error::Kind::invalid, "a time and all times exclude each other", "time"};
    }
    Finder finder{request, stop, take};
    const auto listing = list_archive(archive);
    const auto chains = chains_for(archive, listing, request);
    return with_index(
        archive,
        [&] {
            auto ready = ready_index(archive, listing, chains, monitor, stop);
            auto& outcome = finder.outcome();
            outcome = {};
            for (const auto& chain : ready.chains) {
                outcome.unknown_sets +=
                    request.all_times ? chain.chain->sets.size() - chain.sets : 0;
            }
            finder.find(ready);
            return outcome;
        },
        [&] { return finder.outcome().files == 0; });
}

}  // namespace duplid::operation
