// The threads that compress and decompress. One pool is shared by everything that runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace duplid::codec {

/// A fixed number of threads that take whole pieces of work (about 1 MiB each) in order.
///
/// A task must never wait for another task or for a queue: with every thread waiting, nothing
/// would run. The number of futures a caller keeps in flight is the caller's to bound; that is
/// what bounds memory.
class WorkerPool {
public:
    /// At least one thread is started. Throws: std::system_error when none can be.
    explicit WorkerPool(unsigned workers);

    /// Ends the threads after the tasks they are in. Tasks that had not begun are dropped, and
    /// their futures throw std::future_error (broken_promise).
    ~WorkerPool();

    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Runs `work` on some thread; the future brings its result or its exception. Any thread may
    /// call this. What `work` refers to must outlive the future's becoming ready.
    template <class F>
    [[nodiscard]] std::future<std::invoke_result_t<F>> run(F work)
    {
        // Shared only because std::function copies what it holds.
        auto task =
            std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>(std::move(work));
        auto result = task->get_future();
        enqueue([task] { (*task)(); });
        return result;
    }

    [[nodiscard]] unsigned workers() const noexcept
    {
        return static_cast<unsigned>(threads_.size());
    }

private:
    void enqueue(std::function<void()> task);
    void serve(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<std::function<void()>> tasks_;
    std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace duplid::codec
