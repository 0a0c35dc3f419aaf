// A stop as something that poll(2) can wait for.
#pragma once

#include "storage/io/fd.hpp"

#include <functional>
#include <stop_token>

namespace duplid::hooks {

/// Readable once `stop` was requested, until seen() is called.
class StopEvent {
public:
    /// Throws: Error internal.
    explicit StopEvent(const std::stop_token& stop);
    StopEvent(const StopEvent&) = delete;
    StopEvent& operator=(const StopEvent&) = delete;

    [[nodiscard]] int get() const noexcept { return event_.get(); }
    void seen() const noexcept;

private:
    io::Fd event_;
    std::stop_callback<std::function<void()>> on_stop_;  // last: it writes to the event
};

}  // namespace duplid::hooks
