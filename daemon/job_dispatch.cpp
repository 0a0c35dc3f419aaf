// The methods about jobs.
#include "daemon/agenda/job_history.hpp"
#include "daemon/archive/errors.hpp"
#include "daemon/dispatcher.hpp"
#include "daemon/questions/answering.hpp"
#include "storage/io/error.hpp"

#include <exception>

namespace duplid::daemon {

namespace {

void leave_out_names(std::optional<proto::RpcError>& error)
{
    if (error) {
        error = proto::RpcError{error->kind, std::string{error->name()}, "", ""};
    }
}

void leave_out_private(proto::JobSummary& job)
{
    job.source.clear();
    job.target.clear();
    job.reason.clear();
    for (auto& target : job.targets) {
        target.target.clear();
        target.reason.clear();
    }
    for (auto& task : job.troubled_tasks) {
        task.reason.clear();
    }
    leave_out_names(job.last_error);
}

}  // namespace

std::vector<proto::JobSummary> visible_jobs(const JobService& jobs, Access access)
{
    auto list = jobs.list();
    if (access < Access::full) {
        for (auto& job : list) {
            leave_out_private(job);
        }
    }
    return list;
}

void Dispatcher::add_job_methods()
{
    namespace methods = proto::methods;
    add(methods::job_list, Access::watch, &Dispatcher::job_list);
    add(methods::job_show, Access::full, &Dispatcher::job_show);
    add(methods::job_history, Access::watch, &Dispatcher::job_history);
    add(methods::job_run, Access::watch, &Dispatcher::job_run);
    add(methods::job_pause, Access::full, &Dispatcher::job_pause);
    add(methods::job_resume, Access::full, &Dispatcher::job_resume);
    add(methods::job_set, Access::full, &Dispatcher::job_set);
    add(methods::job_remove, Access::full, &Dispatcher::job_remove);
    rows_[methods::config_check.name] = {
        Access::full,
        [this](Session& session, proto::Request& request) { config_check(session, request); }};
    add(methods::reload, Access::full, &Dispatcher::reload);
}

JobService& Dispatcher::jobs() const
{
    if (around_.jobs == nullptr) {
        throw Error{Error::Kind::denied, "a private instance has no jobs", "",
                    "ask a resident one"};
    }
    if (around_.stopping()) {
        throw Error{Error::Kind::busy, "the daemon is stopping"};
    }
    return *around_.jobs;
}

proto::JobListReply Dispatcher::job_list(Session& session, proto::Nothing&)
{
    auto& service = jobs();
    proto::JobListReply reply{visible_jobs(service, session.access()), {}};
    if (session.access() == Access::full) {
        reply.problems = service.problems();
    }
    return reply;
}

proto::JobShowReply Dispatcher::job_show(Session&, proto::JobParams& params)
{
    return jobs().show(params.job);
}

proto::JobHistoryReply Dispatcher::job_history(Session& session, proto::JobHistoryParams& params)
{
    auto reply = daemon::job_history(runs_, params);
    if (reply.runs.empty()) {
        // A job without runs is one thing, a name that is mistyped another.
        static_cast<void>(jobs().show(params.job));
    }
    if (session.access() < Access::full) {
        for (auto& run : reply.runs) {
            leave_out_names(run.error);
        }
    }
    return reply;
}

proto::RunReply Dispatcher::job_run(Session& session, proto::JobRunParams& params)
{
    try {
        return {jobs().start(params)};
    } catch (...) {
        auto error = to_rpc(std::current_exception());
        if (session.access() == Access::full || error.object == params.job) {
            throw;
        }
        // What prevents it may be in a file, or be one.
        throw proto::ProtocolError{
            {error.kind, std::string{error.name()}, "", "ask as root what is wrong with the job"}};
    }
}

proto::Nothing Dispatcher::job_pause(Session&, proto::JobPauseParams& params)
{
    jobs().pause(params.job, params.until);
    return {};
}

proto::Nothing Dispatcher::job_resume(Session&, proto::JobResumeParams& params)
{
    jobs().resume(params.job);
    return {};
}

proto::JobSetReply Dispatcher::job_set(Session&, proto::JobSetParams& params)
{
    return jobs().set(params);
}

proto::JobRemoveReply Dispatcher::job_remove(Session&, proto::JobParams& params)
{
    return jobs().remove(params.job);
}

/// Disks and servers may take their time, so that places are for a thread.
void Dispatcher::config_check(Session& session, proto::Request& request)
{
    const auto params = params_of<proto::ConfigCheckParams>(request);
    if (!params.places) {
        session.reply(request.id, proto::write_message(jobs().check(params)));
        return;
    }
    ask(session,
        [check = jobs().check_with_places(params), id = request.id](AnswerChannel& channel) {
            send_answer(channel, id, [&] { return check(channel.stop_token()); });
        });
}

proto::ConfigCheckReply Dispatcher::reload(Session&, proto::Nothing&)
{
    return jobs().reload();
}

}  // namespace duplid::daemon
