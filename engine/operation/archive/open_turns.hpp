// Which of several files may be opened now.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace duplid::operation {

/// Files are numbered from 0 in the order of their reader. Any thread.
class OpenTurns {
public:
    struct Limits {
        /// Files that are being opened.
        std::size_t at_once = 1;
        /// As above until the first one is open.
        std::size_t at_first = 1;
        /// Bytes of files that are open and wait for their reader: with more of them only those
        /// `at_once` are opened that it comes to next.
        std::uint64_t waiting_bytes = 0;
    };

    explicit OpenTurns(const Limits& limits) noexcept : limits_{limits} {}

    /// Waits for the turn of a file. False when nobody wants it any more. Files begin in order.
    [[nodiscard]] bool begin(std::size_t file)
    {
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [&] { return ended_ || may_begin(file); });
            if (ended_) {
                return false;
            }
            ++begun_;
            ++opening_;
        }
        changed_.notify_all();  // it may be the next one's turn at once
        return true;
    }

    /// A file that had begun is open, or cannot be.
    void opened(std::uint64_t bytes)
    {
        change([&] {
            --opening_;
            any_opened_ = true;
            waiting_bytes_ += bytes;
        });
    }

    /// The next file of its reader went to it.
    void taken(std::uint64_t bytes)
    {
        change([&] {
            ++taken_;
            waiting_bytes_ -= bytes;
        });
    }

    /// No more files are wanted.
    void end() noexcept
    {
        change([&] { ended_ = true; });
    }

private:
    [[nodiscard]] bool may_begin(std::size_t file) const noexcept
    {
        const bool is_near = file < taken_ + limits_.at_once;
        return file == begun_ && opening_ < (any_opened_ ? limits_.at_once : limits_.at_first) &&
               (is_near || waiting_bytes_ < limits_.waiting_bytes);
    }

    template <class Change>
    void change(const Change& make)
    {
        {
            const std::lock_guard lock{mutex_};
            make();
        }
        changed_.notify_all();
    }

    Limits limits_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t begun_ = 0;
    std::size_t opening_ = 0;
    std::size_t taken_ = 0;
    std::uint64_t waiting_bytes_ = 0;
    bool any_opened_ = false;
    bool ended_ = false;
};

}  // namespace duplid::operation
