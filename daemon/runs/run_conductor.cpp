#include "daemon/runs/run_conductor.hpp"

#include "daemon/archive/errors.hpp"
#include "storage/io/wiped_memory.hpp"

#include <ctime>
#include <exception>
#include <pthread.h>
#include <string>

namespace duplid::daemon {

RunConductor::RunConductor(Run& run, RunBody body, LoopMailbox& mailbox, OnEnd on_end)
    : run_{run}, mailbox_{mailbox}, stop_{run.stop_token()}, border_{run.border_token()},
      thread_{[this, body = std::move(body), on_end = std::move(on_end)]() mutable {
          give_way();
          auto [state, result] = outcome_of(body);
          // What the body holds (secrets, locks) goes before anybody hears that the run is over.
          body = nullptr;
          io::wipe_stack();
          mailbox_.post(
              [on_end = std::move(on_end), state = state, result = std::move(result)]() mutable {
                  on_end(state, std::move(result));
              });
      }}
{
}

void RunConductor::waiting(const std::string& reason)
{
    run_.set_state(proto::RunState::queued, reason);
}

void RunConductor::running()
{
    run_.set_state(proto::RunState::running);
}

void RunConductor::tell(EventLog::What what)
{
    run_.log().append_paced(std::move(what), stop_);
}

std::chrono::nanoseconds RunConductor::computed() noexcept
{
    clockid_t processor_clock{};
    struct timespec time {};
    // It may have ended already, and then has no clock any more.
    if (::pthread_getcpuclockid(thread_.native_handle(), &processor_clock) != 0 ||
        ::clock_gettime(processor_clock, &time) != 0) {
        return {};
    }
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

void RunConductor::give_way() noexcept
{
    try {
        daemon::give_way(run_.facts().gives_way);
    } catch (const Error& error) {
        // A matter of courtesy, and no reason not to back up.
        run_.monitor().note(error.what());
    }
}

std::pair<proto::RunState, RunResult> RunConductor::outcome_of(const RunBody& body)
{
    try {
        auto result = body(*this);
        if (result.error) {
            const bool cancelled = result.error->kind == proto::ErrorKind::cancelled;
            return {cancelled ? proto::RunState::cancelled : proto::RunState::failed,
                    std::move(result)};
        }
        const bool clean = run_.monitor().snapshot().warnings == 0;
        return {clean ? proto::RunState::done : proto::RunState::warnings, std::move(result)};
    } catch (...) {
        RunResult result;
        result.error = to_rpc(std::current_exception());
        // A run that is stopped may fail in many ways, for instance because the signal that stops
        // us reached gpg first.
        const bool cancelled =
            result.error->kind == proto::ErrorKind::cancelled || stop_.stop_requested();
        return {cancelled ? proto::RunState::cancelled : proto::RunState::failed,
                std::move(result)};
    }
}

}  // namespace duplid::daemon
