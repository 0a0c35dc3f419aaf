#include "engine/codec/worker_pool.hpp"

#include <algorithm>

namespace duplid::codec {

WorkerPool::WorkerPool(unsigned workers)
{
    const auto count = std::max(workers, 1U);
    threads_.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
    }
}

WorkerPool::~WorkerPool()
{
    // All are told before any is joined, so that they end side by side.
    for (auto& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
}

void WorkerPool::enqueue(std::function<void()> task)
{
    {
        const std::lock_guard lock{mutex_};
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
}

void WorkerPool::serve(const std::stop_token& stop)
{
    for (;;) {
        std::function<void()> task;
        {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, stop, [this] { return !tasks_.empty(); });
            if (stop.stop_requested()) {
                return;
            }
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }
}

}  // namespace duplid::codec
