// What an idle daemon gives back: threads, events that the history has, memory.
#pragma once

#include "daemon/loop/loop.hpp"
#include "daemon/operations/operations.hpp"
#include "daemon/questions/questions.hpp"
#include "daemon/runs/runs.hpp"

#include <chrono>

namespace duplid::daemon {

/// Loop thread. A backup may take a hundred MB, of which the allocator would keep the most for the
/// next one, tomorrow night.
class Rest {
public:
    /// Who asks several questions in a row finds the threads that the first one started.
    static constexpr std::chrono::seconds delay{5};

    /// All outlive it.
    Rest(Loop& loop, Workshop& workshop, Runs& runs, Questions& questions);

    /// Once, before there are threads: free memory is not held back from give_back().
    static void prepare_allocator() noexcept;

    /// The last run has ended, or the last question is answered.
    void follow();

private:
    void give_back();

    Workshop& workshop_;
    Runs& runs_;
    Questions& questions_;
    LoopTimer soon_;
};

}  // namespace duplid::daemon
