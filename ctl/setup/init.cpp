#include "ctl/setup/init.hpp"

#include "ctl/jobs/job_options.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/terminal.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/setup/interview.hpp"
#include "ctl/setup/job_sheet.hpp"
#include "ctl/setup/local_target.hpp"
#include "ctl/setup/new_job.hpp"
#include "ctl/setup/questions.hpp"
#include "ctl/setup/service.hpp"
#include "ctl/setup/trial.hpp"
#include "ctl/setup/undo.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"
#include "proto/methods.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::setup {

namespace {

using ctl::OptionId;

/// What is said on the way. Programs get their documents instead.
class Voice {
public:
    Voice(const ctl::Look& look, ctl::Output& output) : look_{look}, output_{output} {}

    void say(const std::string& text) const
    {
        if (!look_.json && !look_.quiet) {
            output_.text(text);
        }
    }
    [[nodiscard]] const ctl::Look& look() const noexcept { return look_; }
    [[nodiscard]] ctl::Output& output() const noexcept { return output_; }

private:
    ctl::Look look_;
    ctl::Output& output_;
};

Questions questions_for(const ctl::CommandLine& line, ctl::Interrupts& interrupts)
{
    const bool takes_defaults = line.has(OptionId::yes);
    const bool asks = !takes_defaults && ctl::has_terminal();
    if (!asks) {
        if (const auto words = lacking(line, takes_defaults); !words.empty()) {
            throw ctl::usage_failure(
                fmt::format("there is no terminal to ask on, and the command lacks {}",
                            fmt::join(words, "; ")),
                {},
                takes_defaults ? "duplictl init JOB SOURCE URL --yes"
                               : "with --yes, all but URL has a default");
        }
    }
    return Questions{asks, interrupts};
}

/// A name that is free: "home", or "system" for all of the machine, unless the user has another.
void settle_name(ctl::Session& session, ctl::CommandLine& line, const Questions& questions,
                 bool for_system)
{
    if (!line.positionals.empty()) {
        check_name(session, line.positionals.front());
        return;
    }
    const auto known = session.call(proto::methods::job_list, proto::Nothing{}).jobs;
    const auto is_free = [&known](const std::string& name) {
        return std::ranges::find(known, name, &proto::JobSummary::job) == known.end();
    };
    const std::string plain = for_system ? "system" : "home";
    auto name = plain;
    for (int number = 2; !is_free(name); ++number) {
        name = fmt::format("{}-{}", plain, number);
    }
    line.positionals.push_back(
        questions.text("Name of the backup", name, [&is_free](const std::string& text) {
            if (!may_be_name(text)) {
                return name_rule;
            }
            return is_free(text) ? "" : "There is a job of this name already.";
        }));
}

std::string summary(const CheckedJob& job)
{
    constexpr int indent = 4;
    return fmt::format("\nThis is the job \"{}\":\n{}\n\n", job.name, job.settings.dump(indent));
}

/// Before anything is written that needs it. Where nobody looks, the file has to do.
void show_passphrase(const NewJob& wanted, const CheckedJob& job, const Questions& questions)
{
    if (!wanted.is_generated || !questions.asks()) {
        return;
    }
    questions.tell("\nYour passphrase is\n\n    ");
    ctl::show_on_terminal(wanted.passphrase.reveal());
    questions.tell(
        fmt::format("\n\nWrite it down now, and keep it anywhere but on this machine: without it "
                    "nobody\ncan read the backup, and it cannot be found out. Here it will be in "
                    "{}.\n",
                    show::printable(job.passphrase_file)));
    while (!questions.yes("Written down?", true)) {
    }
}

void tell_where_secrets_are(const NewJob& wanted, const CheckedJob& job, const Voice& voice)
{
    if (!job.passphrase_file.empty()) {
        voice.say(
            fmt::format("{} in {}. Keep a copy elsewhere: without it nobody can read the "
                        "backup.\n",
                        wanted.is_generated ? "A passphrase was made; it is" : "The passphrase is",
                        show::printable(job.passphrase_file)));
    }
}

/// The run that is asked for now, or the one that its schedule has begun meanwhile.
std::uint64_t first_run(const std::string& job, ctl::Session& session)
{
    proto::JobRunParams params;
    params.job = job;
    try {
        return session.call(proto::methods::job_run, params).run;
    } catch (const ctl::Failure& failure) {
        const auto known = session.call(proto::methods::job_show, proto::JobParams{job}).job;
        if (failure.error().kind != proto::ErrorKind::busy || !known.run) {
            throw;
        }
        return *known.run;
    }
}

bool went_well(int status)
{
    return status == static_cast<int>(proto::ExitCode::ok) ||
           status == static_cast<int>(proto::ExitCode::warnings);
}

/// Whether the same answers would go wrong again. A target that is away may be there tomorrow.
bool is_fault_of_answers(proto::ErrorKind kind)
{
    return kind == proto::ErrorKind::wrong_secret || kind == proto::ErrorKind::denied ||
           kind == proto::ErrorKind::invalid || kind == proto::ErrorKind::not_found;
}

struct FirstRun {
    int status = 0;
    std::vector<proto::TargetReport> targets;  ///< none: the job has one only
};

/// The job stays unless the run shows that it can be of no use; also when somebody breaks in, since
/// the run goes on.
FirstRun run_once(const std::string& job, ctl::Session& session, const Voice& voice, Undo& undo)
{
    std::optional<std::uint64_t> run;
    try {
        run = first_run(job, session);
        voice.say("The first backup begins.\n");
        const auto done =
            ctl::follow_run(session, *run, ctl::Ownership::watched, voice.look(), voice.output());
        FirstRun first;
        first.status = ctl::show_end(done, session, voice.look(), voice.output());
        if (done.error && is_fault_of_answers(done.error->kind)) {
            undo.take_back();
            voice.say("Nothing of the job is kept. Begin again with other answers.\n");
            return first;
        }
        undo.keep();
        if (!went_well(first.status)) {
            voice.say(
                fmt::format("The job stays. Once it can, \"duplictl job run {} --wait\" tries "
                            "again.\n",
                            job));
        }
        if (done.backup) {
            first.targets = done.backup->targets;
        }
        return first;
    } catch (const ctl::Failure& failure) {
        if (run || !is_fault_of_answers(failure.error().kind)) {
            undo.keep();
        }
        throw;
    } catch (const ctl::Interrupted&) {
        undo.keep();
        voice.say(fmt::format("The backup goes on; \"duplictl watch {}\" follows it, and "
                              "\"duplictl recovery-sheet {}\"\nprints how to restore it.\n",
                              job, job));
        throw;
    }
}

void tell_trial(const std::string& target, const std::optional<Trial>& trial, const Voice& voice)
{
    if (voice.look().json) {
        nlohmann::json document{
            {"trial",
             trial ? nlohmann::json{{"path", show::printable(trial->path)}, {"bytes", trial->bytes}}
                   : nlohmann::json{}}};
        if (!target.empty()) {
            document["target"] = target;
        }
        voice.output().json(document);
    }
    const auto where = target.empty() ? std::string{} : " from " + target;
    voice.say(trial ? fmt::format("Restored {} ({}){} on trial: the same bytes as in the source.\n",
                                  show::printable(trial->path), ctl::size_in_words(trial->bytes),
                                  where)
                    : fmt::format("There is no file to restore{} on trial: none that is small and "
                                  "has not changed since.\n",
                                  where));
}

/// Each target has to prove itself: what fails with one is returned when all have been tried.
std::optional<ctl::Failure> try_restores(const ctl::CommandLine& line, const CheckedJob& job,
                                         const std::vector<proto::TargetReport>& targets,
                                         ctl::Interrupts& interrupts, const Voice& voice)
{
    std::optional<ctl::Failure> failed;
    const auto try_one = [&](const std::string& target) {
        try {
            tell_trial(target,
                       try_restore(line, job.name, target, job.settings.value("source", ""),
                                   interrupts, voice.output()),
                       voice);
        } catch (const ctl::Failure& failure) {
            auto error = failure.error();
            if (!target.empty()) {
                error.cause = fmt::format("restoring from {} on trial: {}", target, error.cause);
            }
            if (!failed) {
                failed.emplace(std::move(error));
            }
        }
    };
    if (targets.empty()) {
        try_one({});
    }
    for (const auto& target : targets) {
        if (target.state == proto::TargetState::good) {
            try_one(target.name);
        } else {
            voice.say(fmt::format("Nothing can be restored from {} on trial: it was left behind. "
                                  "A later run copies to it what it lacks.\n",
                                  target.name));
        }
    }
    return failed;
}

/// The job is written: runs it, proves it, and prints how to restore it.
int prove(const ctl::CommandLine& line, const CheckedJob& job, ctl::Chosen& chosen,
          const Voice& voice, ctl::Interrupts& interrupts, Undo& undo)
{
    int status = 0;
    std::optional<ctl::Failure> failed_trial;
    if (line.has(OptionId::no_first_run)) {
        undo.keep();
        ctl::show_places(*chosen.session, job.name);  // what a run would have found out
    } else {
        const auto first = run_once(job.name, *chosen.session, voice, undo);
        status = first.status;
        if (!went_well(status)) {
            return status;
        }
        // The sheet is wanted also, and all the more, when this fails.
        failed_trial = try_restores(line, job, first.targets, interrupts, voice);
    }
    const auto sheet = make_sheet(line, job.name, *chosen.session, interrupts);
    const auto file =
        line.value(OptionId::sheet).value_or(default_sheet_file(job.config_directory, job.name));
    save_sheet(file, sheet);
    if (voice.look().json) {
        voice.output().json({{"sheet", show::printable(file)}});
    }
    voice.say(fmt::format("\n{}\n{}\n\nThe sheet above is in {}, too. Print it.\n",
                          std::string(72, '-'), sheet + std::string(72, '-'),
                          show::printable(file)));
    if (failed_trial) {
        throw ctl::Failure{*failed_trial};
    }
    return status;
}

}  // namespace

int init(const ctl::CommandLine& given, ctl::Output& output, ctl::Interrupts& interrupts)
{
    const Voice voice{ctl::look_of(given), output};
    if (given.has(OptionId::run_now) && given.has(OptionId::no_first_run)) {
        throw ctl::usage_failure("--run-now and --no-first-run exclude each other");
    }
    const auto questions = questions_for(given, interrupts);
    auto line = given;
    auto chosen = connect(line, questions, interrupts);
    const bool for_system = chosen.session->hello().instance == proto::Instance::system;
    check_settings(*chosen.session);
    settle_name(*chosen.session, line, questions, for_system);
    auto wanted = complete_for_init(line, questions, *chosen.session);
    settle_disks_of_targets(*chosen.session, wanted.line, questions);
    const auto job = check_job(*chosen.session, wanted, ctl::surroundings());
    questions.tell(summary(job));
    if (!questions.yes("Make it so?", true)) {
        voice.say("Nothing was changed.\n");
        return static_cast<int>(proto::ExitCode::cancelled);
    }
    Undo undo;
    prepare_local_targets(wanted.line, questions, chosen, interrupts, undo);
    show_passphrase(wanted, job, questions);
    const auto written = write_job(*chosen.session, job, wanted.line, interrupts, undo);
    if (voice.look().json) {
        output.json(proto::write_message(written));
    }
    voice.say(fmt::format("Wrote {}\n", show::printable(written.file)));
    tell_where_secrets_are(wanted, job, voice);
    return prove(wanted.line, job, chosen, voice, interrupts, undo);
}

int print_recovery_sheet(const ctl::CommandLine& line, ctl::Output& output,
                         ctl::Interrupts& interrupts)
{
    const auto look = ctl::look_of(line);
    auto chosen = ctl::resident_instance(line, interrupts);
    const auto sheet = make_sheet(line, line.positionals.at(0), *chosen.session, interrupts);
    if (const auto file = line.value(OptionId::sheet)) {
        save_sheet(*file, sheet);
    }
    if (look.json) {
        output.json({{"sheet", sheet}});
    } else {
        output.text(sheet);
    }
    return 0;
}

}  // namespace duplid::setup
