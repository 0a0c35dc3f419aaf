#include "daemon/dispatcher.hpp"

#include "daemon/archive/errors.hpp"
#include "storage/io/wiped_memory.hpp"

#include <exception>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

using proto::ErrorKind;
using proto::ProtocolError;

/// Peers who may only watch learn nothing of targets, nor of errors, which name files.
void leave_out_private(proto::RunSummary& run)
{
    run.target.clear();
    if (run.error) {
        run.error = proto::RpcError{run.error->kind, std::string{run.error->name()}, "", ""};
    }
}

/// Reports are figures, but for these.
void leave_out_private(proto::RunShowReply& reply)
{
    leave_out_private(reply.run);
    if (reply.backup) {
        for (auto& target : reply.backup->targets) {
            target.target.clear();
            target.reason.clear();
            target.hint.clear();
        }
    }
    if (reply.removal) {
        reply.removal->files.clear();
        reply.removal->cached.clear();
        reply.removal->ignored.clear();
    }
    if (reply.repair) {
        reply.repair->findings.clear();
    }
    if (reply.replicate) {
        for (auto& refused : reply.replicate->refused) {
            refused.why.clear();
        }
    }
}

}  // namespace

Dispatcher::Dispatcher(Workshop& workshop, Runs& runs, Questions& questions, LoopMailbox& mailbox,
                       Surroundings surroundings)
    : workshop_{workshop}, runs_{runs}, questions_{questions}, mailbox_{mailbox}, around_{std::move(
                                                                                      surroundings)}
{
    namespace methods = proto::methods;
    add(methods::hello, Access::watch, &Dispatcher::hello);
    add(methods::api, Access::watch, &Dispatcher::api);
    add(methods::lease, Access::full, &Dispatcher::lease);
    add(methods::status, Access::watch, &Dispatcher::status);
    add(methods::shutdown, Access::full, &Dispatcher::shutdown);
    add_run(methods::backup);
    add_run(methods::restore);
    add_run(methods::remove_older_than);
    add_run(methods::remove_all_but_n_full);
    add_run(methods::remove_all_inc_of_but_n_full);
    add_run(methods::prune);
    add_run(methods::cleanup);
    add_run(methods::verify);
    add_run(methods::check);
    add_run(methods::replicate);
    add_run(methods::repair);
    add_question(methods::collection_status);
    add_question(methods::list_current_files);
    add_question(methods::find);
    add_question(methods::versions);
    add_question(methods::compare);
    add_question(methods::file_changed);
    add_question(methods::changes_in_set);
    add_question(methods::why);
    add_run(methods::sync);
    add_private_run(methods::tree_delta);
    add_private_run(methods::tree_patch);
    add_job_methods();
    add_machine_methods();
    add(methods::run_list, Access::watch, &Dispatcher::run_list);
    add(methods::run_show, Access::watch, &Dispatcher::run_show);
    rows_[methods::run_watch.name] = {
        Access::full,
        [this](Session& session, proto::Request& request) { serve_watch(session, request); }};
    add(methods::run_stop, Access::full, &Dispatcher::run_stop);
    add_run_control_methods();
}

void Dispatcher::serve(Session& session, proto::WipedBuffer line)
{
    proto::Json id;
    try {
        auto request = proto::parse_request(std::move(line));
        id = request.id;
        row_for(session, request).serve(session, request);
    } catch (const proto::RequestError& error) {
        session.reply_error(error.id(), error.error());
    } catch (...) {
        session.reply_error(id, to_rpc(std::current_exception()));
    }
    // Whatever came of it: secrets may have been in it.
    io::wipe_stack();
    if (session.access() == Access::none) {
        // It has heard why.
        session.connection().end_when_sent();
    }
}

const Dispatcher::Row& Dispatcher::row_for(const Session& session,
                                           const proto::Request& request) const
{
    if (session.access() == Access::none) {
        throw ProtocolError{{ErrorKind::denied, "this user may not talk to this daemon", "",
                             "use your own instance, or ask the administrator"}};
    }
    const auto found = rows_.find(request.method);
    if (found == rows_.end()) {
        const auto suggestion = proto::nearest(request.method, proto::method_names());
        throw ProtocolError{
            {ErrorKind::unknown_method, "there is no such method", request.method,
             suggestion.empty() ? std::string{} : "did you mean " + std::string{suggestion} + "?"}};
    }
    if (!session.greeted() && request.method != proto::methods::hello.name) {
        throw ProtocolError{
            {ErrorKind::hello_first, "the first request must be hello", request.method, ""}};
    }
    if (session.access() < found->second.access) {
        throw ProtocolError{
            {ErrorKind::denied, "this user may only watch", request.method, "ask as root"}};
    }
    return found->second;
}

template <class Params>
void Dispatcher::add_run(const proto::Method<Params, proto::RunReply>& method)
{
    rows_[method.name] = {Access::full, [this](Session& session, proto::Request& request) {
                              if (around_.stopping()) {
                                  throw Error{Error::Kind::busy, "the daemon is stopping"};
                              }
                              auto planned = plan(workshop_, params_of<Params>(request));
                              planned.facts.owner = session.id();
                              const auto run =
                                  runs_.start(std::move(planned.facts), std::move(planned.body));
                              session.reply(request.id, proto::write_message(proto::RunReply{run}));
                          }};
}

template <class Params>
void Dispatcher::add_private_run(const proto::Method<Params, proto::RunReply>& method)
{
    add_run(method);
    auto& row = rows_[method.name];
    row.serve = [this, serve = std::move(row.serve)](Session& session, proto::Request& request) {
        if (around_.instance != proto::Instance::private_) {
            throw ProtocolError{{ErrorKind::denied, "this is for private instances only",
                                 request.method, "use duplid --private"}};
        }
        serve(session, request);
    };
}

template <class Params, class Reply>
void Dispatcher::add_question(const proto::Method<Params, Reply>& method)
{
    rows_[method.name] = {Access::full, [this](Session& session, proto::Request& request) {
                              ask(session, plan(workshop_, params_of<Params>(request), request.id));
                          }};
}

void Dispatcher::ask(Session& session, Questions::Body body)
{
    if (around_.stopping()) {
        throw Error{Error::Kind::busy, "the daemon is stopping"};
    }
    session.check_answers();
    auto channel = std::make_shared<AnswerChannel>([this, id = session.id()] {
        mailbox_.post([this, id] {
            if (auto* asker = around_.session(id)) {
                asker->pump();
            }
        });
    });
    questions_.ask(channel, std::move(body));
    session.add_answer(std::move(channel));
}

proto::HelloReply Dispatcher::hello(Session& session, proto::HelloParams& params)
{
    if (params.protocol_min > proto::protocol_version ||
        params.protocol_max < proto::protocol_version) {
        throw ProtocolError{
            {ErrorKind::protocol_too_new,
             "this daemon speaks protocol " + std::to_string(proto::protocol_version) + " only", "",
             "use duplictl and duplid of one release"}};
    }
    session.set_greeted();
    struct stat root {};
    proto::HelloReply reply;
    if (::stat("/", &root) == 0) {
        reply.root_device = root.st_dev;
        reply.root_inode = root.st_ino;
    }
    reply.version = DUPLID_VERSION;
    reply.instance = around_.instance;
    reply.pid = static_cast<std::uint64_t>(::getpid());
    return reply;
}

proto::ApiReply Dispatcher::api(Session&, proto::Nothing&)
{
    return {proto::api_schema()};
}

proto::LeaseReply Dispatcher::lease(Session& session, proto::LeaseParams& params)
{
    const bool was_over =
        session.renew_lease(std::chrono::seconds{static_cast<std::int64_t>(params.seconds)});
    return {was_over && runs_.hold_attached(session.id(), false)};
}

proto::StatusReply Dispatcher::status(Session& session, proto::Nothing&)
{
    proto::StatusReply reply;
    reply.version = DUPLID_VERSION;
    reply.instance = around_.instance;
    reply.pid = static_cast<std::uint64_t>(::getpid());
    reply.started = around_.started;
    reply.stopping = around_.stopping();
    reply.connections = around_.connections();
    reply.running = runs_.running();
    reply.queued = runs_.queued();
    reply.runs = runs_.active();
    if (around_.jobs != nullptr) {
        reply.jobs = visible_jobs(*around_.jobs, session.access());
    }
    if (session.access() < Access::full) {
        for (auto& run : reply.runs) {
            leave_out_private(run);
        }
    }
    return reply;
}

proto::Nothing Dispatcher::shutdown(Session&, proto::Nothing&)
{
    // Not before this reply is on its way.
    mailbox_.post(around_.shut_down);
    return {};
}

proto::RunListReply Dispatcher::run_list(Session& session, proto::RunListParams& params)
{
    const auto before = params.before.value_or(std::numeric_limits<std::uint64_t>::max());
    proto::RunListReply reply{runs_.list(before, params.limit + 1), false};
    if (reply.runs.size() > params.limit) {
        reply.runs.pop_back();
        reply.more = true;
    }
    if (session.access() < Access::full) {
        for (auto& run : reply.runs) {
            leave_out_private(run);
        }
    }
    return reply;
}

proto::RunShowReply Dispatcher::run_show(Session& session, proto::RunShowParams& params)
{
    auto reply = runs_.find(params.run)->show();
    if (session.access() < Access::full) {
        leave_out_private(reply);
    }
    return reply;
}

void Dispatcher::serve_watch(Session& session, proto::Request& request)
{
    const auto params = params_of<proto::RunWatchParams>(request);
    static_cast<void>(runs_.find(params.run));  // throws, if at all, before anything is promised
    // The history may have to be asked, and the session may be gone when it answers.
    session.expect_reply();
    runs_.with_events(params.run, [this, params, session_id = session.id(),
                                   request_id = request.id](std::shared_ptr<Run> run) {
        auto* watcher = around_.session(session_id);
        if (watcher == nullptr) {
            return;
        }
        watcher->reply_came();
        try {
            const auto range = run->log().range();
            const auto state = run->summary().state;
            watcher->watch(std::move(run), params.from_seq);
            watcher->reply(request_id, proto::write_message(proto::RunWatchReply{
                                           params.run, state, range.first_seq, range.next_seq}));
        } catch (const ProtocolError& error) {
            watcher->reply_error(request_id, error.error());
        }
        watcher->pump();
    });
}

proto::Nothing Dispatcher::run_stop(Session&, proto::RunStopParams& params)
{
    if (params.at == proto::StopAt::volume) {
        runs_.stop_at_border(params.run);
    } else {
        runs_.stop(params.run);
    }
    return {};
}

}  // namespace duplid::daemon
