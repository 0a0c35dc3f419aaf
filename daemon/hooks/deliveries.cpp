#include "daemon/hooks/deliveries.hpp"

#include <algorithm>
#include <utility>

namespace duplid::hooks {

Deliveries::~Deliveries()
{
    // All at once, and only then waited for: each may need a moment to end its program.
    for (auto& thread : threads_) {
        thread.request_stop();
    }
}

bool Deliveries::post(const std::string& lane, Task task)
{
    const std::lock_guard lock{mutex_};
    auto& tasks = waiting_[lane];
    if (tasks.size() >= waiting_max) {
        return false;
    }
    tasks.push_back(std::move(task));
    // A thread that was told of a task may not have taken it yet.
    const auto free = std::ranges::count_if(
        waiting_, [this](const auto& item) { return !busy_.contains(item.first); });
    if (idle_ < static_cast<std::size_t>(free) && started_ < threads_max) {
        threads_.at(started_++) = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
    }
    changed_.notify_one();
    return true;
}

std::map<std::string, std::deque<Deliveries::Task>>::iterator Deliveries::free_lane()
{
    return std::ranges::find_if(waiting_,
                                [this](const auto& item) { return !busy_.contains(item.first); });
}

void Deliveries::work(const std::stop_token& stop)
{
    std::unique_lock lock{mutex_};
    for (;;) {
        ++idle_;
        const bool is_there =
            changed_.wait(lock, stop, [this] { return free_lane() != waiting_.end(); });
        --idle_;
        if (!is_there || stop.stop_requested()) {
            return;
        }
        const auto found = free_lane();
        const auto lane = found->first;
        auto task = std::move(found->second.front());
        found->second.pop_front();
        if (found->second.empty()) {
            waiting_.erase(found);
        }
        busy_.insert(lane);
        lock.unlock();
        task(stop);
        task = nullptr;
        lock.lock();
        busy_.erase(lane);
    }
}

}  // namespace duplid::hooks
