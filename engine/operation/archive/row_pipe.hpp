// Rows from the thread that makes them to one that puts them into a database.
#pragma once

#include "engine/operation/archive/bounded_queue.hpp"
#include "storage/io/error.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <utility>
#include <vector>

namespace duplid::operation {

/// What SQLite does with a row takes longer than making it, so both go on beside each other. Rows
/// travel in batches that come back, and their memory is used again. One thread makes rows.
template <class Row>
class RowPipe {
public:
    static constexpr std::size_t batch_rows = 256;

    /// Until finish() returns, or this object is gone, `take` is called on a thread of its own:
    /// with each row, in their order.
    explicit RowPipe(std::function<void(const Row&)> take)
        : take_{std::move(take)}, full_{batches}, empty_{batches}
    {
        for (std::size_t i = 0; i < batches; ++i) {
            empty_.push(Batch{std::vector<Row>(batch_rows), 0});
        }
        taking_ = std::async(std::launch::async, [this] { run(); });
    }
    RowPipe(const RowPipe&) = delete;
    RowPipe& operator=(const RowPipe&) = delete;

    /// Rows that were not taken yet are dropped.
    ~RowPipe()
    {
        if (taking_.valid()) {
            fail(std::make_exception_ptr(Error{Error::Kind::cancelled, "no longer wanted"}));
            taking_.wait();
        }
    }

    /// The row to be made next, with whatever an earlier one has left in it. Made again if it was
    /// not sent. Throws: what `take` has thrown.
    [[nodiscard]] Row& row()
    {
        if (!batch_) {
            batch_ = empty_.pop();
            batch_->used = 0;
        }
        return batch_->rows[batch_->used];
    }

    /// Throws: what `take` has thrown.
    void send()
    {
        if (++batch_->used == batch_rows) {
            push();
        }
    }

    /// Waits until each row was taken; no more may come. Throws: what `take` has thrown.
    void finish()
    {
        if (batch_ && batch_->used > 0) {
            push();
        }
        full_.close();
        taking_.get();
    }

private:
    static constexpr std::size_t batches = 4;

    struct Batch {
        std::vector<Row> rows;
        std::size_t used = 0;
    };

    void push()
    {
        auto batch = std::move(*batch_);
        batch_.reset();
        full_.push(std::move(batch));
    }

    void fail(const std::exception_ptr& why)
    {
        full_.fail(why);
        empty_.fail(why);
    }

    void run()
    {
        try {
            while (auto batch = full_.pop()) {
                for (std::size_t i = 0; i < batch->used; ++i) {
                    take_(batch->rows[i]);
                }
                empty_.push(std::move(*batch));
            }
        } catch (...) {
            fail(std::current_exception());
            throw;
        }
    }

    std::function<void(const Row&)> take_;
    BoundedQueue<Batch> full_;
    BoundedQueue<Batch> empty_;
    std::optional<Batch> batch_;  ///< being made
    std::future<void> taking_;
};

}  // namespace duplid::operation
