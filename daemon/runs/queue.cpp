#include "daemon/runs/queue.hpp"

#include <algorithm>

namespace duplid::daemon {

namespace {

bool share_a_key(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
    return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

}  // namespace

void Queue::add(std::uint64_t run, std::vector<std::string> keys)
{
    entries_.push_back({run, std::move(keys), false});
}

void Queue::remove(std::uint64_t run)
{
    std::erase_if(entries_, [run](const Entry& entry) { return entry.run == run; });
}

std::vector<std::uint64_t> Queue::take_startable()
{
    std::vector<std::uint64_t> started;
    auto count = running();
    for (auto entry = entries_.begin(); entry != entries_.end() && count < running_max_; ++entry) {
        const bool blocked = std::any_of(entries_.begin(), entry, [&entry](const Entry& earlier) {
            return share_a_key(earlier.keys, entry->keys);
        });
        if (!entry->running && !blocked) {
            entry->running = true;
            started.push_back(entry->run);
            ++count;
        }
    }
    return started;
}

std::optional<std::uint64_t> Queue::blocker_of(const std::vector<std::string>& keys) const
{
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (share_a_key(entry->keys, keys)) {
            return entry->run;
        }
    }
    return std::nullopt;
}

std::size_t Queue::waiting() const noexcept
{
    return entries_.size() - running();
}

std::size_t Queue::running() const noexcept
{
    return static_cast<std::size_t>(std::count_if(
        entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.running; }));
}

}  // namespace duplid::daemon
