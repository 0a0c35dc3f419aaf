#include "daemon/runs/pulse.hpp"

#include <utility>

namespace duplid::daemon {

std::vector<std::uint64_t> Pulse::standing(std::span<const LifeSign> signs,
                                           std::chrono::nanoseconds since)
{
    std::vector<std::uint64_t> still;
    std::map<std::uint64_t, LifeSign> seen;
    for (const auto& sign : signs) {
        seen.emplace(sign.run, sign);
        const auto last = last_.find(sign.run);
        if (last == last_.end() || sign.waits || sign.moves != last->second.moves) {
            continue;
        }
        if (sign.computed - last->second.computed < since / busy_share) {
            still.push_back(sign.run);
        }
    }
    last_ = std::move(seen);
    return still;
}

}  // namespace duplid::daemon
