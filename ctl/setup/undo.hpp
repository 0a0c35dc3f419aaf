// What a command has made on its way, and how each of it is taken back if it does not get to its
// end.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace duplid::setup {

class Undo {
public:
    Undo() = default;
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;
    /// Takes everything back, the last first, unless it is kept.
    ~Undo();

    /// Before or after the deed: a step must do no harm when there is nothing to take back. What it
    /// throws is passed over, since the user is being told of something worse.
    void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
    /// All that was made is there to stay.
    void keep() noexcept { steps_.clear(); }
    /// As the destructor, at once.
    void take_back() noexcept;

private:
    std::vector<std::function<void()>> steps_;
};

}  // namespace duplid::setup
