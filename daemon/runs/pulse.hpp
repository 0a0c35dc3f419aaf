// Which runs hang. Knows numbers and times only.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace duplid::daemon {

/// What can be seen of a run from outside.
struct LifeSign {
    std::uint64_t run;
    /// For something that ends by itself (the answer of a target, which has a time-out), or that
    /// somebody knows of (a lock, a pause, a prompt).
    bool waits;
    std::uint64_t moves;                ///< grows with whatever it does
    std::chrono::nanoseconds computed;  ///< the processor's time that it has taken
};

/// Compares each look with the one before.
class Pulse {
public:
    /// A run that takes at least this share of the time between two looks on a processor is at
    /// work, even if it says nothing: sorting a million names, say. What only wakes up now and then
    /// to wait again stays far below.
    static constexpr int busy_share = 100;

    /// The runs that have done nothing since the last look, which was so long ago. A run seen for
    /// the first time is alive.
    [[nodiscard]] std::vector<std::uint64_t> standing(std::span<const LifeSign> signs,
                                                      std::chrono::nanoseconds since);

private:
    std::map<std::uint64_t, LifeSign> last_;
};

}  // namespace duplid::daemon
