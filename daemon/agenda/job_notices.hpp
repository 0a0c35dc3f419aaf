// Tells people what becomes of a job: its line in the log, a program of theirs, a web service.
#pragma once

#include "daemon/agenda/hook_facts.hpp"
#include "daemon/agenda/job_runs.hpp"
#include "daemon/hooks/call.hpp"
#include "daemon/hooks/deliveries.hpp"
#include "daemon/operations/operations.hpp"
#include "daemon/process/log.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::daemon {

/// Loop thread. Nothing here waits: programs and pings go out on threads of their own, and one that
/// fails is a line in the daemon's log.
class JobNotices {
public:
    enum class Event { start, success, failure, cancelled, stale, recovered };

    /// `workshop` outlives it.
    explicit JobNotices(Workshop& workshop) : workshop_{workshop} {}

    /// A run of a job has begun, or is over.
    void began(const JobToRun& what, proto::RunKind kind, std::uint64_t run);
    /// `failures`: in a row, of this task, with this one.
    void ended(const JobToRun& what, const proto::RunShowReply& run, unsigned failures);
    /// The last good backup has become too old (`since`, epoch seconds), or there is one again.
    /// `last_success`: epoch seconds; nothing: there has been none.
    void stale(const JobToRun& what, std::int64_t since,
               const std::optional<std::int64_t>& last_success);
    void recovered(const JobToRun& what);

private:
    struct Message {
        Event event;
        proto::RunKind kind;
        hooks::Facts facts;
        std::string text;  ///< one line
    };

    void tell(const JobToRun& what, Message message);
    void tell_program(const JobToRun& what, const jobs::Notice& notice, const std::string& part,
                      const Message& message);
    void tell_service(const JobToRun& what, const jobs::Notice& notice, const std::string& part,
                      const Message& message);
    void post(const std::string& job, const std::string& part, hooks::Deliveries::Task task);

    Workshop& workshop_;
    hooks::Deliveries deliveries_;
};

}  // namespace duplid::daemon
