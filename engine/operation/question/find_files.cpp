#include "engine/operation/question/find_files.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/question/path_pattern.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <vector>

namespace duplid::operation {

namespace {

/// Says which rows are looked for.
class Filter {
public:
    explicit Filter(const FindRequest& request) : request_{request}
    {
        if (!request.pattern.empty()) {
            pattern_.emplace(request.pattern, request.is_regexp);
        }
    }

    [[nodiscard]] bool takes(const cache::FileRow& row) const
    {
        const char type = letter_of_row(row);
        if (!request_.types.empty() && request_.types.find(type) == std::string::npos) {
            return false;
        }
        const bool by_size = request_.bytes_min || request_.bytes_max;
        if (by_size && (type != 'f' || !row.size || *row.size < request_.bytes_min.value_or(0) ||
                        (request_.bytes_max && *row.size > *request_.bytes_max))) {
            return false;
        }
        if ((request_.newer_than && row.mtime <= *request_.newer_than) ||
            (request_.older_than && row.mtime >= *request_.older_than)) {
            return false;
        }
        return !pattern_ || pattern_->matches(naming::path_of_key(row.key), type == 'd');
    }

    [[nodiscard]] std::string key_prefix() const { return pattern_ ? pattern_->key_prefix() : ""; }

private:
    const FindRequest& request_;
    std::optional<PathPattern> pattern_;
};

/// One chain that is searched.
struct Search {
    const IndexedChain& chain;
    cache::FileCursor cursor;
    cache::FileRow row{};
    bool filled = false;
};

class Finder {
public:
    Finder(const FindRequest& request, std::stop_token stop,
           const std::function<bool(const FoundFile&)>& take)
        : request_{request}, stop_{std::move(stop)}, take_{take}, filter_{request},
          prefix_{filter_.key_prefix()}
    {
        if (!request.after.empty()) {
            after_ = naming::key_of_path(request.after, Error::Kind::invalid);
        }
    }

    void find(std::vector<Search>& searches)
    {
        const auto from = after_ && *after_ > prefix_ ? *after_ : prefix_;
        for (auto& search : searches) {
            search.cursor.seek(from);
            advance(search);
        }
        while (!over_ && !stop_.stop_requested()) {
            // Paths in their order, whatever chain has them; there are few chains.
            Search* next = nullptr;
            for (auto& search : searches) {
                if (search.filled && (next == nullptr || search.row.key < next->row.key)) {
                    next = &search;
                }
            }
            if (next == nullptr) {
                break;
            }
            give(*next);
            advance(*next);
        }
        for (const auto& search : searches) {
            outcome_.steps += search.cursor.steps();
        }
    }

    [[nodiscard]] FindOutcome& outcome() noexcept { return outcome_; }

private:
    /// To the next row that matches.
    void advance(Search& search)
    {
        search.filled = false;
        while (!stop_.stop_requested() && search.cursor.next(search.row) &&
               search.row.key.starts_with(prefix_)) {
            if (!(after_ && search.row.key <= *after_) && filter_.takes(search.row)) {
                search.filled = true;
                return;
            }
        }
    }

    void give(const Search& search)
    {
        const bool new_path = !last_key_ || *last_key_ != search.row.key;
        if (new_path && request_.limit != 0 && paths_ == request_.limit) {
            outcome_.more = true;
            over_ = true;
            return;
        }
        if (new_path) {
            last_key_ = search.row.key;
            ++paths_;
        }
        const auto& sets = search.chain.chain->sets;
        const auto end =
            search.row.until ? static_cast<std::size_t>(*search.row.until) : search.chain.sets;
        put_file(search.row, found_.file);
        found_.first = sets.at(static_cast<std::size_t>(search.row.since)).id;
        found_.last = sets.at(end - 1).id;
        ++outcome_.files;
        over_ = !take_(found_);
    }

    const FindRequest& request_;
    std::stop_token stop_;
    const std::function<bool(const FoundFile&)>& take_;
    Filter filter_;
    std::string prefix_;
    std::optional<std::string> after_;
    std::optional<std::string> last_key_;
    FoundFile found_;
    std::uint64_t paths_ = 0;
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
            const auto ready = ready_index(archive, listing, chains, monitor, stop);
            std::vector<Search> searches;
            auto& outcome = finder.outcome();
            outcome = {};
            for (const auto& chain : ready.chains) {
                if (request.all_times) {
                    searches.push_back({chain, ready.index->versions(chain.id)});
                    outcome.unknown_sets += chain.chain->sets.size() - chain.sets;
                } else {
                    const auto position = position_at(chain, request.time);
                    searches.push_back({chain, ready.index->state(chain.id, position)});
                }
            }
            finder.find(searches);
            return outcome;
        },
        [&] { return finder.outcome().files == 0; });
}

}  // namespace duplid::operation
