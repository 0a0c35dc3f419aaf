#include "daemon/agenda/job_hooks.hpp"

#include "daemon/agenda/hook_facts.hpp"
#include "daemon/archive/errors.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/observed.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::daemon {

namespace {

class JobHooks {
public:
    JobHooks(Workshop& workshop, const jobs::Job& job, const RunFacts& run, RunControl& control)
        : runner_{*workshop.hook_runner}, hooks_{job.hooks}, control_{control},
          concern_{hooks_.concern(task_word(run.kind))}, facts_{daemon::facts_of(job)},
          late_grace_{control.stop(), hook_stop_grace}
    {
        add_run(facts_, run.kind, control.run());
    }

    /// Throws for the first that fails.
    void before()
    {
        if (!concern_ || hooks_.before.empty()) {
            return;
        }
        control_.running();
        hooks::StopGrace none{control_.stop(), std::chrono::milliseconds{0}};
        for (std::size_t i = 0; i < hooks_.before.size(); ++i) {
            const auto name = title(hooks_.before, "before", i);
            const auto status = call(hooks_.before[i], name, facts_for("before"), none);
            if (status != 0) {
                throw Error{Error::Kind::denied,
                            name + ": it ended with status " + std::to_string(status) +
                                ", so nothing was done",
                            title_of(hooks_.before[i]), "what it wrote is in the run's log"}
                    .with_detail("vetoed", {{"status", std::to_string(status)}});
            }
        }
    }

    void ended(Ending ending) noexcept
    {
        if (!concern_) {
            return;
        }
        if (ending.state == proto::RunState::failed) {
            call_all(hooks_.failed, "failed", ending);
        } else if (ending.state != proto::RunState::cancelled) {
            call_all(hooks_.after, "after", ending);
        }
        call_all(hooks_.finally, "finally", ending);
    }

private:
    static const std::string& title_of(const jobs::HookCommand& hook) noexcept
    {
        return hook.name.empty() ? hook.command.front() : hook.name;
    }

    /// "hook before", or, of several, "hook before[1]", as settings name them.
    static std::string title(const std::vector<jobs::HookCommand>& all, std::string_view when,
                             std::size_t index)
    {
        auto text = "hook " + std::string{when};
        return all.size() == 1 ? text : text + "[" + std::to_string(index) + "]";
    }

    int call(const jobs::HookCommand& hook, const std::string& name, hooks::Facts facts,
             hooks::StopGrace& grace)
    {
        hooks::Call wanted;
        wanted.words = hook.command;
        wanted.name = hook.name;
        wanted.time_max = hook.time_max();
        wanted.facts = std::move(facts);
        wanted.tell = [this, &name](std::string_view line) {
            control_.monitor().note(name + ": " + std::string{line});
        };
        // A program may be silent for long, and has a limit of its own.
        const remote::Observed waits{control_.observer(), remote::Observed::Start::continues};
        try {
            return runner_.run(wanted, grace);
        } catch (const Error& error) {
            throw error.with_context(name);
        }
    }

    [[nodiscard]] hooks::Facts facts_for(std::string_view when) const
    {
        auto facts = facts_;
        facts.push_back({"DUPLID_HOOK", std::string{when}});
        return facts;
    }

    /// A run that has ended is not made another one by what follows it, beyond a warning.
    void call_all(const std::vector<jobs::HookCommand>& all, std::string_view when,
                  Ending& ending) noexcept
    {
        for (std::size_t i = 0; i < all.size(); ++i) {
            try {
                call_late(all[i], title(all, when, i), when, ending);
            } catch (const Error& error) {
                control_.monitor().warn(error);
            } catch (const std::exception& error) {
                control_.monitor().warn(Error{Error::Kind::internal, error.what()});
            }
        }
    }

    void call_late(const jobs::HookCommand& hook, const std::string& name, std::string_view when,
                   Ending& ending)
    {
        ending.warnings = control_.warnings();
        if (ending.state == proto::RunState::done && ending.warnings > 0) {
            ending.state = proto::RunState::warnings;
        }
        auto facts = facts_for(when);
        add_ending(facts, ending);
        const auto status = call(hook, name, std::move(facts), late_grace_);
        if (status != 0) {
            throw Error{Error::Kind::denied,
                        name + ": it ended with status " + std::to_string(status), title_of(hook)}
                .with_detail("hook_failed", {{"status", std::to_string(status)}});
        }
    }

    hooks::Runner& runner_;
    const jobs::Hooks& hooks_;
    RunControl& control_;
    bool concern_;
    hooks::Facts facts_;
    hooks::StopGrace late_grace_;
};

/// What the conductor will make of it.
Ending ending_of(const RunResult& result)
{
    const auto state = !result.error ? proto::RunState::done
                       : result.error->kind == proto::ErrorKind::cancelled
                           ? proto::RunState::cancelled
                           : proto::RunState::failed;
    return {.state = state, .error = result.error, .backup = result.backup};
}

Ending ending_of(const std::exception_ptr& thrown, const std::stop_token& stop)
{
    Ending ending;
    ending.error = to_rpc(thrown);
    const bool cancelled =
        ending.error->kind == proto::ErrorKind::cancelled || stop.stop_requested();
    ending.state = cancelled ? proto::RunState::cancelled : proto::RunState::failed;
    return ending;
}

}  // namespace

RunResult run_with_hooks(Workshop& workshop, const jobs::Job& job, const RunFacts& facts,
                         RunControl& control, const std::function<void()>& prepare,
                         const std::function<RunResult()>& work)
{
    JobHooks around{workshop, job, facts, control};
    RunResult result;
    try {
        prepare();
        around.before();
        result = work();
    } catch (...) {
        around.ended(ending_of(std::current_exception(), control.stop()));
        throw;
    }
    around.ended(ending_of(result));
    return result;
}

}  // namespace duplid::daemon
