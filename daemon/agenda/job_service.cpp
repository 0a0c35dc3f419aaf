#include "daemon/agenda/job_service.hpp"

#include "daemon/agenda/job_task.hpp"
#include "daemon/archive/errors.hpp"
#include "daemon/jobs/plans.hpp"
#include "daemon/jobs/targets.hpp"
#include "daemon/process/log.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <utility>

namespace duplid::daemon {

namespace {

/// What could not even be queued is tried again then.
constexpr std::chrono::minutes start_again{1};

schedule::Result result_of(proto::RunState state, bool stopping) noexcept
{
    switch (state) {
    case proto::RunState::done:
    case proto::RunState::warnings:
        return schedule::Result::success;
    case proto::RunState::cancelled:
        // It was not somebody's wish that ended it, but ours: it goes on when we are back.
        return stopping ? schedule::Result::interrupted : schedule::Result::cancelled;
    default:
        return schedule::Result::failed;
    }
}

std::int64_t number_of(schedule::Instant instant) noexcept
{
    return instant.time_since_epoch().count();
}

std::int64_t seconds_of(schedule::Instant instant) noexcept
{
    return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

void say(const jobs::Problem& problem)
{
    auto text = problem.file;
    if (problem.line > 0) {
        text += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
    }
    log(LogLevel::error, LogClass::settings,
        text + ": " + problem.cause + (problem.hint.empty() ? "" : " (" + problem.hint + ")"),
        std::array{LogField{"DUPLID_JOB", problem.job}, LogField{"DUPLID_FILE", problem.file},
                   LogField{"DUPLID_LINE", std::to_string(problem.line)}});
}

}  // namespace

JobService::JobService(Parts parts, std::string config_directory)
    : parts_{std::move(parts)}, loader_{std::move(config_directory),
                                        [this](const jobs::Job& job) {
                                            judge(parts_.workshop, job);
                                        }},
      surroundings_{std::make_shared<const jobs::SecretSurroundings>()},
      // As many as may run: more would only wait in the queue, where no priorities count.
      scheduler_{parts_.machine, schedule::Zone::local(), Runs::running_max},
      alarm_{parts_.loop,
             [this](Alarm::Cause cause) {
                 if (cause == Alarm::Cause::clock_set) {
                     scheduler_.set_local_zone(schedule::Zone::local());
                 }
                 advance();
             }},
      watch_{parts_.loop, [this] { advance(); }}, notices_{parts_.workshop}
{
    if (parts_.history == nullptr) {
        return;
    }
    for (const auto& [task, text] : parts_.history->take_job_states()) {
        auto record = job_record_of(text);
        if (!record) {
            continue;
        }
        if (const auto began = std::exchange(record->running_since, std::nullopt)) {
            record->past = schedule::after_attempt(record->past,
                                                   {schedule::Instant{schedule::Span{*began}},
                                                    Alarm::now(), schedule::Result::interrupted});
            record->last_state = proto::RunState::failed;
        }
        records_.emplace(task, std::move(*record));
    }
}

void JobService::begin()
{
    auto configuration = loader_.load();
    std::vector<std::string> names;
    for (const auto& loaded : configuration.jobs) {
        if (loaded.job) {
            const auto take = [&names](const std::vector<std::string>& more) {
                names.insert(names.end(), more.begin(), more.end());
            };
            take(loaded.job->secrets.environment_names());
            take(jobs::webhook_environment_names(*loaded.job));
            for (const auto& target : jobs::targets_of(*loaded.job)) {
                take(target.secrets.environment_names());
            }
        }
    }
    jobs::SecretSurroundings found;
    jobs::take_from_environment(found.variables, names);
    if (parts_.workshop.hook_runner->takes_names()) {
        found.run_program = secret_programs(parts_.workshop);
    }
    surroundings_ = std::make_shared<const jobs::SecretSurroundings>(std::move(found));
    apply(std::move(configuration));
}

proto::ConfigCheckReply JobService::reload()
{
    apply(loader_.load());
    return {loader_.directory(), entries_.size(), problems_};
}

void JobService::apply(jobs::Configuration configuration)
{
    for (const auto& problem : configuration.problems) {
        say(problem);
    }
    problems_ = std::move(configuration.problems);
    std::vector<std::string> gone;
    for (const auto& [name, entry] : entries_) {
        if (std::ranges::find(configuration.jobs, name, &jobs::LoadedJob::name) ==
            configuration.jobs.end()) {
            gone.push_back(name);
        }
    }
    for (const auto& name : gone) {
        drop(name);
    }
    for (auto& loaded : configuration.jobs) {
        auto& entry = entries_[loaded.name];
        entry.problems = std::move(loaded.problems);
        if (!loaded.job) {
            if (!entry.job) {
                entry.files = std::move(loaded.files);
                entry.document = std::move(loaded.document);
            }
            continue;
        }
        entry.files = std::move(loaded.files);
        entry.document = std::move(loaded.document);
        entry.job = std::move(loaded.job);
        const auto& job = *entry.job;
        put(job.name, jobs::plan_of_backup(job), jobs::fingerprint_of(job.schedule), job);
        put_or_remove(task_name(job.name, proto::JobTask::verify), jobs::plan_of_verify(job),
                      job.verify ? jobs::fingerprint_of(job.verify->schedule) : "", job,
                      job.verify.has_value());
        put_or_remove(task_name(job.name, proto::JobTask::check), jobs::plan_of_check(job),
                      job.check ? jobs::fingerprint_of(job.check->schedule) : "", job,
                      job.check.has_value());
    }
    if (const auto& settings = configuration.settings) {
        metrics_file_ = settings->metrics_file;
        parts_.runs.set_running_max(settings->running_max);
        scheduler_.set_at_once_max(settings->running_max);
    }
    advance();
}

void JobService::put(const std::string& task, schedule::Plan plan, const std::string& fingerprint,
                     const jobs::Job& job)
{
    auto& record = records_[task];
    if (record.plan != fingerprint) {
        record.plan = fingerprint;
        record.past.planned = Alarm::now();
        remember(task);
    }
    auto past = scheduler_.has(task) ? scheduler_.past(task) : record.past;
    past.planned = record.past.planned;
    scheduler_.put(task, {std::move(plan), jobs::conditions_of(job), std::move(past),
                          static_cast<int>(job.priority)});
}

void JobService::put_or_remove(const std::string& task, schedule::Plan plan,
                               const std::string& fingerprint, const jobs::Job& job, bool wanted)
{
    if (wanted) {
        put(task, std::move(plan), fingerprint, job);
    } else {
        scheduler_.remove(task);
    }
}

void JobService::drop(const std::string& job)
{
    entries_.erase(job);
    for (const auto task :
         {proto::JobTask::backup, proto::JobTask::verify, proto::JobTask::check}) {
        scheduler_.remove(task_name(job, task));
    }
}

void JobService::advance()
{
    if (parts_.stopping()) {
        return;
    }
    const auto now = Alarm::now();
    auto advice = scheduler_.advance(now);
    for (const auto& start : advice.start) {
        try {
            static_cast<void>(start_task(start.job, {}));
        } catch (...) {
            const auto error = to_rpc(std::current_exception());
            log(LogLevel::warning, LogClass::not_started,
                "starting " + start.job + ": " + error.cause,
                std::array{LogField{"DUPLID_JOB", task_of(start.job).first}});
            scheduler_.not_started(start.job, now + start_again);
            advice.wake = std::min(advice.wake.value_or(now + start_again), now + start_again);
        }
    }
    tell_ages();
    watch_.watch(advice.watch);
    alarm_.set(advice.wake);
    tell_change();
}

void JobService::tell_ages()
{
    for (const auto& task : scheduler_.names()) {
        const auto since = scheduler_.status(task).stale_since;
        auto& record = records_[task];
        if (since.has_value() == record.stale_told) {
            continue;
        }
        record.stale_told = since.has_value();
        remember(task);
        const auto entry = entries_.find(task_of(task).first);
        if (entry == entries_.end() || !entry->second.job) {
            continue;
        }
        const JobToRun what{entry->second.job, surroundings_};
        const auto& success = scheduler_.past(task).last_success;
        if (since) {
            notices_.stale(what, seconds_of(*since),
                           success ? std::optional{seconds_of(success->began)} : std::nullopt);
        } else {
            notices_.recovered(what);
        }
    }
}

std::uint64_t JobService::start_task(const std::string& task, const BackupWish& wish)
{
    const auto [job, kind] = task_of(task);
    const JobToRun what{find(job).job, surroundings_};
    Active active{.task = task, .what = what};
    if (kind == proto::JobTask::backup) {
        return start_run(plan_backup(parts_.workshop, what, wish), std::move(active));
    }
    auto steps = steps_of(what, kind);
    auto planned = steps.front().plan();
    steps.erase(steps.begin());
    active.then = std::move(steps);
    return start_run(std::move(planned), std::move(active));
}

std::uint64_t JobService::start_run(PlannedRun planned, Active active)
{
    active.kind = planned.facts.kind;
    const auto run = parts_.runs.start(std::move(planned.facts), std::move(planned.body));
    active.began = Alarm::now();
    if (!active.task.empty() && scheduler_.has(active.task)) {
        scheduler_.queued(active.task);
        auto& record = records_[active.task];
        record.run = run;
        record.running_since = number_of(active.began);
        remember(active.task);
    }
    active_.emplace(run, std::move(active));
    return run;
}

std::vector<JobService::Step> JobService::steps_after_backup(const JobToRun& what) const
{
    std::vector<Step> steps;
    auto& workshop = parts_.workshop;
    const auto& job = *what.job;
    const auto append = [&steps](std::vector<Step> more) {
        std::move(more.begin(), more.end(), std::back_inserter(steps));
    };
    for (const auto& one : good_targets(what)) {
        for (std::size_t i = 0; i < removal_count(job); ++i) {
            steps.push_back({"", [&workshop, one, i] { return plan_removal(workshop, one, i); }});
        }
    }
    if (job.verify && !job.verify->schedule.is_set()) {
        append(steps_of(what, proto::JobTask::verify));
    }
    if (job.check && !job.check->schedule.is_set()) {
        append(steps_of(what, proto::JobTask::check));
    }
    return steps;
}

void JobService::on_run_event(std::uint64_t run)
{
    const auto found = active_.find(run);
    if (found == active_.end()) {
        return;
    }
    const auto show = parts_.runs.find(run)->show();
    auto& active = found->second;
    const bool known = !active.task.empty() && scheduler_.has(active.task);
    // A short one may be over by now.
    if (!active.told_running && show.run.started_at) {
        active.told_running = true;
        if (known) {
            scheduler_.running(active.task);
        }
        notices_.began(active.what, active.kind, run);
        tell_change();
    }
    if (proto::has_ended(show.run.state)) {
        auto ended = std::move(active);
        active_.erase(found);
        end(std::move(ended), show);
    }
}

void JobService::finish_task(const Active& active, const proto::RunShowReply& run)
{
    // Its job may have been removed meanwhile.
    if (active.task.empty() || !scheduler_.has(active.task)) {
        return;
    }
    const auto& worst = active.failed ? *active.failed : run;
    const auto result = result_of(worst.run.state, parts_.stopping());
    auto& record = records_[active.task];
    record.running_since.reset();
    record.last_state = worst.run.state;
    record.last_error = worst.run.error;
    record.figures = after_run(std::move(record.figures), worst);
    scheduler_.finished(active.task, {active.began, Alarm::now(), result});
    note_targets(active.task, run);
    remember(active.task);
}

void JobService::end(Active active, const proto::RunShowReply& run)
{
    const auto result = result_of(run.run.state, parts_.stopping());
    if (!active.failed && result != schedule::Result::success) {
        active.failed = run;
    }
    const auto tell = [&](unsigned failures) {
        if (result != schedule::Result::interrupted) {
            notices_.ended(active.what, run, failures);
        }
    };
    const unsigned failures = result == schedule::Result::failed ? 1 : 0;
    if (continue_task(active)) {
        tell(failures);
        advance();
        return;
    }
    finish_task(active, run);
    const bool is_known = !active.task.empty() && scheduler_.has(active.task);
    tell(is_known ? scheduler_.past(active.task).failures : failures);
    const bool is_backup =
        !active.task.empty() && task_of(active.task).second == proto::JobTask::backup;
    if (is_backup && result == schedule::Result::success) {
        active.then = steps_after_backup(active.what);
    }
    go_on(active.what, std::move(active.then));
    advance();
}

void JobService::go_on(const JobToRun& what, std::vector<Step> steps)
{
    // One after the other, and the next one also if one fails: a verify is not less wanted because
    // nothing could be removed.
    while (!steps.empty() && !parts_.stopping()) {
        auto step = std::move(steps.front());
        steps.erase(steps.begin());
        try {
            auto planned = step.plan();
            static_cast<void>(start_run(
                std::move(planned),
                Active{.task = std::move(step.task), .what = what, .then = std::move(steps)}));
            return;
        } catch (...) {
            log(LogLevel::warning, LogClass::not_started,
                "after the backup of " + what.job->name + ": " +
                    to_rpc(std::current_exception()).cause,
                std::array{LogField{"DUPLID_JOB", what.job->name}});
        }
    }
}

void JobService::remember(const std::string& task)
{
    auto& record = records_[task];
    if (scheduler_.has(task)) {
        const auto planned = record.past.planned;
        record.past = scheduler_.past(task);
        record.past.planned = planned;
    }
    if (parts_.history != nullptr) {
        parts_.history->keep_job_state(task, text_of(record));
    }
}

}  // namespace duplid::daemon
