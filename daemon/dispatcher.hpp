// The table of methods: from a request's line to the function that serves it.
#pragma once

#include "daemon/agenda/job_service.hpp"
#include "daemon/control/session.hpp"
#include "daemon/operations/file_operations.hpp"
#include "daemon/operations/operations.hpp"
#include "daemon/operations/reading_operations.hpp"
#include "daemon/operations/removal_operations.hpp"
#include "daemon/operations/replica_operations.hpp"
#include "daemon/operations/sync_operation.hpp"
#include "daemon/operations/tree_operations.hpp"
#include "daemon/questions/questions.hpp"
#include "daemon/runs/run_pauses.hpp"
#include "daemon/runs/runs.hpp"
#include "proto/envelope.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>

namespace duplid::daemon {

/// What methods need of the daemon around them.
struct Surroundings {
    proto::Instance instance = proto::Instance::other;
    std::int64_t started = 0;
    std::function<std::uint64_t()> connections;
    /// Finds a session that may have gone meanwhile.
    std::function<Session*(std::uint64_t id)> session;
    std::function<void()> shut_down;
    std::function<bool()> stopping;
    JobService* jobs = nullptr;  ///< null: private instances have none
    RunPauses* pauses = nullptr;
    std::function<std::string()> metrics;
};

/// Jobs as somebody with this access may see them: who may only watch learns nothing of sources,
/// targets and errors, which name files.
[[nodiscard]] std::vector<proto::JobSummary> visible_jobs(const JobService& jobs, Access access);

/// Loop thread. Nothing here waits: long work becomes a run, questions go to threads.
class Dispatcher {
public:
    Dispatcher(Workshop& workshop, Runs& runs, Questions& questions, LoopMailbox& mailbox,
               Surroundings surroundings);
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    /// Serves one line. Whatever goes wrong is answered, not thrown.
    void serve(Session& session, proto::WipedBuffer line);

private:
    struct Row {
        Access access;
        std::function<void(Session&, proto::Request&)> serve;
    };

    /// A method that has its reply at once.
    template <class Params, class Reply>
    void add(const proto::Method<Params, Reply>& method, Access access,
             Reply (Dispatcher::*function)(Session&, Params&))
    {
        rows_[method.name] = {
            access, [this, function](Session& session, proto::Request& request) {
                auto params = params_of<Params>(request);
                session.reply(request.id, proto::write_message((this->*function)(session, params)));
            }};
    }

    /// A method that starts a run.
    template <class Params>
    void add_run(const proto::Method<Params, proto::RunReply>& method);
    /// One that is about files of the caller's own, with no archive between.
    template <class Params>
    void add_private_run(const proto::Method<Params, proto::RunReply>& method);
    /// A method that a thread answers.
    template <class Params, class Reply>
    void add_question(const proto::Method<Params, Reply>& method);
    /// Lets a thread answer. Throws: Error busy; ProtocolError too_many.
    void ask(Session& session, Questions::Body body);

    template <class Params>
    [[nodiscard]] static Params params_of(const proto::Request& request)
    {
        return proto::read_message<Params>(request.params, proto::Strictness::request,
                                           request.secrets);
    }

    void add_job_methods();
    void add_run_control_methods();
    void add_machine_methods();
    /// Throws: Error denied in a private instance, busy when the daemon is stopping.
    [[nodiscard]] JobService& jobs() const;

    const Row& row_for(const Session& session, const proto::Request& request) const;
    void serve_watch(Session& session, proto::Request& request);

    proto::HelloReply hello(Session& session, proto::HelloParams& params);
    proto::ApiReply api(Session& session, proto::Nothing& params);
    proto::LeaseReply lease(Session& session, proto::LeaseParams& params);
    proto::StatusReply status(Session& session, proto::Nothing& params);
    proto::Nothing shutdown(Session& session, proto::Nothing& params);
    proto::RunListReply run_list(Session& session, proto::RunListParams& params);
    proto::RunShowReply run_show(Session& session, proto::RunShowParams& params);
    proto::Nothing run_stop(Session& session, proto::RunStopParams& params);
    proto::RunsReply run_pause(Session& session, proto::RunPauseParams& params);
    proto::RunsReply run_resume(Session& session, proto::RunResumeParams& params);
    proto::RunsReply run_limit(Session& session, proto::RunLimitParams& params);

    proto::JobListReply job_list(Session& session, proto::Nothing& params);
    proto::JobShowReply job_show(Session& session, proto::JobParams& params);
    proto::JobHistoryReply job_history(Session& session, proto::JobHistoryParams& params);
    proto::RunReply job_run(Session& session, proto::JobRunParams& params);
    proto::Nothing job_pause(Session& session, proto::JobPauseParams& params);
    proto::Nothing job_resume(Session& session, proto::JobResumeParams& params);
    proto::JobSetReply job_set(Session& session, proto::JobSetParams& params);
    proto::JobRemoveReply job_remove(Session& session, proto::JobParams& params);
    void config_check(Session& session, proto::Request& request);
    proto::ConfigCheckReply reload(Session& session, proto::Nothing& params);

    proto::FileSystemReply file_system(Session& session, proto::FileSystemParams& params);
    proto::MetricsReply metrics(Session& session, proto::Nothing& params);

    Workshop& workshop_;
    Runs& runs_;
    Questions& questions_;
    LoopMailbox& mailbox_;
    Surroundings around_;
    std::map<std::string_view, Row> rows_;
};

}  // namespace duplid::daemon
