// Makes the n-th call fail that writes to a file system, in this very process.
//
// The executable defines write(), rename(), fsync() and their kind itself, so that calls of our
// own code and of the libraries it stands on (SQLite among them) come here first. The product needs
// no seam for this, and nothing of it can tell.
#pragma once

#include <cstdint>

namespace duplid::support {

/// Counts calls while it exists, and fails some of them. One at a time; any thread's calls count.
class FailingCalls {
public:
    enum class Mode {
        once,         ///< a bad moment: the n-th call fails, later ones work again
        from_then_on  ///< a full or dead disk: the n-th call and all later ones fail
    };

    /// `nth` from 1; 0 counts only. `error` is an errno value, such as ENOSPC.
    FailingCalls(std::uint64_t nth, Mode mode, int error) noexcept;
    FailingCalls(const FailingCalls&) = delete;
    FailingCalls& operator=(const FailingCalls&) = delete;
    ~FailingCalls();

    /// Calls seen so far, those that were failed included.
    [[nodiscard]] std::uint64_t calls() const noexcept;
    /// Whether any call was failed.
    [[nodiscard]] bool struck() const noexcept;
};

}  // namespace duplid::support
