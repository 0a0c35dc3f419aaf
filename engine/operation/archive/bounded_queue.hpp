// A queue between two threads that holds only so much.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace duplid::operation {

/// push() waits for room, pop() for an item. Any number of threads on either side.
template <class Item>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t items_max) : items_max_{items_max} {}

    /// Throws: what fail() was given.
    void push(Item item)
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return failure_ || items_.size() < items_max_; });
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        items_.push_back(std::move(item));
        changed_.notify_all();
    }

    /// Nothing once the queue was closed and is empty. Throws: what fail() was given.
    std::optional<Item> pop()
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return failure_ || closed_ || !items_.empty(); });
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        if (items_.empty()) {
            return std::nullopt;
        }
        std::optional<Item> item{std::move(items_.front())};
        items_.pop_front();
        changed_.notify_all();
        return item;
    }

    /// No more items come.
    void close()
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        changed_.notify_all();
    }

    /// Everybody who waits, or comes later, gets `why`.
    void fail(std::exception_ptr why)
    {
        const std::lock_guard lock{mutex_};
        if (!failure_) {
            failure_ = std::move(why);
        }
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    std::size_t items_max_;
    bool closed_ = false;
    std::exception_ptr failure_;
};

}  // namespace duplid::operation
