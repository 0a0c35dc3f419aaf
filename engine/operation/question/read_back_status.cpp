#include "engine/operation/question/read_back_status.hpp"

#include "engine/operation/check/check.hpp"
#include "storage/cache/read_back.hpp"
#include "storage/io/error.hpp"

#include <ctime>
#include <unordered_map>

namespace duplid::operation {

namespace {

constexpr std::int64_t day_seconds = 86'400;

class Sum {
public:
    Sum(const Listing& listing, const std::unordered_map<std::string, cache::ReadBackFile>& known)
        : listing_{listing}, known_{known}, since_{std::time(nullptr) - recent_days * day_seconds}
    {
    }

    void add(const std::string& name)
    {
        const auto listed = listing_.bytes_of.find(name);
        if (listed == listing_.bytes_of.end() || listed->second == remote::unknown_bytes) {
            return;
        }
        status.total_bytes += listed->second;
        const auto known = known_.find(name);
        if (known != known_.end() && known->second.bytes == listed->second &&
            known->second.time >= since_) {
            status.recent_bytes += listed->second;
        }
    }

    ReadBackStatus status{0, 0, recent_days};

private:
    const Listing& listing_;
    const std::unordered_map<std::string, cache::ReadBackFile>& known_;
    std::int64_t since_;
};

}  // namespace

std::optional<ReadBackStatus> read_back_status(const Archive& archive, const Listing& listing)
{
    std::unordered_map<std::string, cache::ReadBackFile> known;
    try {
        if (const auto memory = cache::ReadBack::open_if_there(archive.directory.path())) {
            known = memory->all();
        }
    } catch (const Error&) {
        return std::nullopt;
    }
    if (known.empty()) {
        return std::nullopt;
    }
    Sum sum{listing, known};
    for (const auto& chain : listing.collection.chains) {
        for (const auto& set : chain.sets) {
            for (const auto& [number, name] : set.volumes) {
                sum.add(name);
            }
        }
    }
    for (const auto& chain : listing.collection.signatures.chains) {
        for (const auto& file : chain.files) {
            sum.add(file.name);
        }
    }
    return sum.status;
}

}  // namespace duplid::operation
