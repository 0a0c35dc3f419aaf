// Pauses and limits of runs at work: what somebody wants of one run, or of all.
#pragma once

#include "daemon/loop/alarm.hpp"
#include "daemon/loop/loop.hpp"
#include "daemon/runs/runs.hpp"
#include "proto/run_control.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duplid::daemon {

/// Loop thread. A paused run keeps its place and its locks, has no operation on its target under
/// way for longer than the one that had begun, and ends when it is stopped. Pauses end with the
/// daemon, as runs do: jobs are what can be paused for longer.
class RunPauses {
public:
    RunPauses(Loop& loop, Runs& runs);
    RunPauses(const RunPauses&) = delete;
    RunPauses& operator=(const RunPauses&) = delete;

    /// All of them answer with the runs that it was done to: without a number in the params, those
    /// that it can be done to, which may be none. `by`: the name of the user who wants it.
    /// Throw: Error not_found for a run that is not there; invalid for one that has ended (pause,
    /// limit) or is not paused (resume); ProtocolError invalid_params for a limit that says
    /// nothing.
    proto::RunsReply pause(const proto::RunPauseParams& params, const std::string& by);
    proto::RunsReply resume(const proto::RunResumeParams& params, const std::string& by);
    proto::RunsReply limit(const proto::RunLimitParams& params);

private:
    [[nodiscard]] std::vector<std::shared_ptr<Run>>
    those_meant(std::optional<std::uint64_t> run) const;
    /// Ends what is due, and has itself called again when something will be.
    void end_due();

    Loop& loop_;
    Runs& runs_;
    /// Made for the first pause that ends by itself.
    std::optional<Alarm> alarm_;
};

}  // namespace duplid::daemon
