// State that several threads share: reachable only under its lock.
#pragma once

#include <mutex>
#include <utility>

namespace duplid::daemon {

template <class T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_{std::move(value)} {}

    /// Calls `use` with the value, under the lock. `use` must not keep a reference to it.
    template <class Use>
    decltype(auto) with(Use&& use)
    {
        const std::lock_guard lock{mutex_};
        return std::forward<Use>(use)(value_);
    }

    template <class Use>
    decltype(auto) with(Use&& use) const
    {
        const std::lock_guard lock{mutex_};
        return std::forward<Use>(use)(std::as_const(value_));
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace duplid::daemon
