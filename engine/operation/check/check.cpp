#include "engine/operation/check/check.hpp"

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/check/check_structure.hpp"
#include "engine/operation/check/check_volume.hpp"
#include "engine/operation/state/set_index.hpp"
#include "storage/cache/read_back.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <utility>

namespace duplid::operation {

namespace {

/// All sets that count as states, with the chain each belongs to; orphans are chains of their own.
struct State {
    naming::SetId id;
    std::size_t chain;
    bool is_whole = true;
};

class CheckRun {
public:
    CheckRun(Archive& archive, const CheckRequest& request, Monitor& monitor, std::stop_token stop)
        : archive_{archive}, request_{request}, monitor_{monitor}, stop_{std::move(stop)},
          memory_{cache::ReadBack::open(archive.directory.path())}
    {
    }

    CheckReport run()
    {
        monitor_.phase(Phase::preparing);
        listing_ = list_archive(archive_);
        collect_states();
        if (states_.empty()) {
            throw Error{Error::Kind::not_found, "there is no backup on this target",
                        archive_.target.description(),
                        "collection-status shows what is there, also interrupted runs"};
        }
        monitor_.phase(Phase::checking);
        auto structure = check_structure(archive_, listing_, monitor_, stop_);
        for (const auto& fault : structure.faults) {
            take(fault);
        }
        read_sample(structure.parts);
        report_.chains = listing_.collection.chains.size();
        report_.sets = states_.size();
        report_.spoiled = spoiled();
        return std::move(report_);
    }

private:
    void collect_states()
    {
        std::size_t chain = 0;
        for (; chain < listing_.collection.chains.size(); ++chain) {
            for (const auto& set : listing_.collection.chains[chain].sets) {
                states_.push_back({set.id, chain});
            }
        }
        for (const auto& set : listing_.collection.orphaned) {
            states_.push_back({set.id, chain++});
        }
        for (const auto& set : listing_.collection.incomplete) {
            // Without signatures it was never finished, and is no state.
            if (find_stored_signatures(listing_.collection, set.id)) {
                states_.push_back({set.id, chain++});
            }
        }
    }

    void take(const Fault& fault)
    {
        ++report_.damaged;
        monitor_.warn(Error{
            Error::Kind::corrupt,
            fmt::format("{} (set {}): {}", fault.object, spoken_name_of(fault.set), fault.text),
            fault.object,
            fault.spoils ? "states from that set on, to the end of its chain, "
                           "cannot be restored whole"
                         : "every state can be restored; the next backup will "
                           "be a full one if these signatures are needed"});
        const auto found = std::find_if(states_.begin(), states_.end(),
                                        [&](const auto& one) { return one.id == fault.set; });
        if (!fault.spoils || found == states_.end()) {
            return;
        }
        for (auto one = found; one != states_.end() && one->chain == found->chain; ++one) {
            one->is_whole = false;
        }
    }

    [[nodiscard]] std::vector<SpoiledStates> spoiled() const
    {
        std::map<std::size_t, SpoiledStates> by_chain;
        for (const auto& state : states_) {
            if (!state.is_whole) {
                by_chain.try_emplace(state.chain, SpoiledStates{state.id.end, state.id.end})
                    .first->second.until = state.id.end;
            }
        }
        std::vector<SpoiledStates> all;
        for (auto& [chain, one] : by_chain) {
            for (const auto& state : states_) {
                if (state.is_whole && state.id.end > one.until &&
                    (!one.next || state.id.end < *one.next)) {
                    one.next = state.id.end;
                }
            }
            all.push_back(one);
        }
        std::sort(all.begin(), all.end(),
                  [](const auto& a, const auto& b) { return a.from < b.from; });
        return all;
    }

    void read_sample(const std::vector<StoredPart>& parts)
    {
        const auto readable = remember(parts);
        const auto chosen = choose_files(request_.sample, readable);
        const auto end = std::chrono::steady_clock::now() + request_.sample.time;
        Progress progress;
        progress.bytes_expected =
            std::accumulate(chosen.begin(), chosen.end(), std::uint64_t{0},
                            [&](auto sum, auto i) { return sum + readable[i].bytes; });
        progress.files_expected = chosen.size();
        auto recent = recently_read(readable);
        for (const auto i : chosen) {
            if (stop_.stop_requested()) {
                throw Error{Error::Kind::cancelled, "the check was stopped on request"};
            }
            if (request_.sample.kind == Sample::Kind::time &&
                std::chrono::steady_clock::now() >= end) {
                break;
            }
            recent[i] = read_one(parts[i]) ? readable[i].bytes : 0;
            ++report_.read_files;
            report_.read_bytes += readable[i].bytes;
            progress.files_done = report_.read_files;
            progress.bytes_done = progress.stored_bytes = report_.read_bytes;
            monitor_.progress(progress);
        }
        report_.recent_bytes = std::accumulate(recent.begin(), recent.end(), std::uint64_t{0});
    }

    /// What is known of the files from earlier checks; what is known of others is forgotten.
    [[nodiscard]] std::vector<Readable> remember(const std::vector<StoredPart>& parts)
    {
        const auto known = memory_->all();
        std::vector<Readable> readable;
        std::vector<std::string> names;
        for (const auto& part : parts) {
            const auto found = known.find(part.name);
            const bool is_same = found != known.end() && found->second.bytes == part.bytes;
            readable.push_back({part.name, part.bytes,
                                is_same ? std::optional{found->second.time} : std::nullopt});
            names.push_back(part.name);
            ++report_.files;
            report_.total_bytes += part.bytes;
        }
        memory_->keep_only(names);
        return readable;
    }

    [[nodiscard]] std::vector<std::uint64_t>
    recently_read(const std::vector<Readable>& readable) const
    {
        constexpr std::int64_t day_seconds = 86'400;
        std::vector<std::uint64_t> bytes;
        for (const auto& one : readable) {
            const bool is_recent =
                one.last_read && *one.last_read >= request_.time - recent_days * day_seconds;
            bytes.push_back(is_recent ? one.bytes : 0);
        }
        return bytes;
    }

    bool read_one(const StoredPart& part)
    {
        try {
            read_back(archive_, part, stop_);
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::not_found) {
                throw;
            }
            memory_->forget(part.name);
            take({part.set->id, part.name, error.what(), part.volume.has_value()});
            return false;
        }
        memory_->put(part.name, {part.bytes, request_.time});
        return true;
    }

    Archive& archive_;
    const CheckRequest& request_;
    Monitor& monitor_;
    std::stop_token stop_;
    std::unique_ptr<cache::ReadBack> memory_;
    Listing listing_;
    std::vector<State> states_;
    CheckReport report_;
};

}  // namespace

CheckReport check(Archive& archive, const CheckRequest& request, Monitor& monitor,
                  std::stop_token stop)
{
    return CheckRun{archive, request, monitor, std::move(stop)}.run();
}

}  // namespace duplid::operation
