// Which run may start now. Knows numbers and names only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::daemon {

/// Runs that share a key (the same archive) go one after the other, in the order they came; others
/// side by side, up to a limit. Loop thread.
class Queue {
public:
    explicit Queue(std::size_t running_max) noexcept : running_max_{running_max} {}

    void set_running_max(std::size_t running_max) noexcept { running_max_ = running_max; }
    void add(std::uint64_t run, std::vector<std::string> keys);
    /// Ended, or given up while waiting.
    void remove(std::uint64_t run);

    /// The runs that start now: they are running from here on.
    [[nodiscard]] std::vector<std::uint64_t> take_startable();

    /// The newest run, waiting or running, behind which one with these keys would have to wait.
    [[nodiscard]] std::optional<std::uint64_t>
    blocker_of(const std::vector<std::string>& keys) const;

    [[nodiscard]] std::size_t waiting() const noexcept;
    [[nodiscard]] std::size_t running() const noexcept;

private:
    struct Entry {
        std::uint64_t run;
        std::vector<std::string> keys;
        bool running;
    };

    std::size_t running_max_;
    std::vector<Entry> entries_;  ///< in the order they came
};

}  // namespace duplid::daemon
