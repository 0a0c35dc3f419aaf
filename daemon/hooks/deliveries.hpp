// Work that nobody waits for: notices on their way to people.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

namespace duplid::hooks {

/// Tasks of one lane are done one after the other, in their order; a lane that hangs holds up no
/// other until all threads hang. Threads begin with the first task and sleep without a time-out
/// when there is none. Any thread.
class Deliveries {
public:
    using Task = std::function<void(const std::stop_token&)>;

    static constexpr std::size_t threads_max = 4;
    /// Of one lane. What comes then is refused: somebody's server has been away for long.
    static constexpr std::size_t waiting_max = 50;

    Deliveries() = default;
    Deliveries(const Deliveries&) = delete;
    Deliveries& operator=(const Deliveries&) = delete;
    /// Stops what is under way and forgets the rest.
    ~Deliveries();

    /// Tasks do not throw. False when too many of this lane wait already.
    [[nodiscard]] bool post(const std::string& lane, Task task);

private:
    void work(const std::stop_token& stop);
    /// A lane with a task that no thread is at work on; end() when there is none. Under the lock.
    [[nodiscard]] std::map<std::string, std::deque<Task>>::iterator free_lane();

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, std::deque<Task>> waiting_;  ///< no empty ones
    std::set<std::string> busy_;
    std::size_t idle_ = 0;
    std::size_t started_ = 0;
    std::array<std::jthread, threads_max> threads_;  // last: they use all of the above
};

}  // namespace duplid::hooks
