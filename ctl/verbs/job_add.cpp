// job-add: a backup's command line, written down as a job.
#include "ctl/jobs/job_options.hpp"
#include "ctl/link/instance.hpp"
#include "ctl/setup/interview.hpp"
#include "ctl/setup/local_target.hpp"
#include "ctl/setup/new_job.hpp"
#include "ctl/setup/questions.hpp"
#include "ctl/show/look.hpp"
#include "ctl/verbs/job_verbs.hpp"
#include "ctl/words/surroundings.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <fmt/format.h>

namespace duplid::ctl {

namespace {

/// Of what was settled without being asked for.
void tell_disks(const CommandLine& given, const CommandLine& settled, Output& output)
{
    if (given.has(OptionId::filesystem)) {
        return;
    }
    for (const auto& disk : settled.values(OptionId::filesystem)) {
        output.text(fmt::format("The target is on a disk of its own ({}): without it the job "
                                "waits; --filesystem none has it take any\n",
                                disk));
    }
}

}  // namespace

int job_add(const CommandLine& given, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(given);
    setup::check_for_job_add(given);
    auto chosen = resident_instance(given, interrupts);
    auto& session = *chosen.session;
    const bool for_system = session.hello().instance == proto::Instance::system;
    auto wanted = setup::complete_for_job_add(given, for_system, interrupts);
    // What init would propose: nobody is asked here.
    setup::settle_disks_of_targets(session, wanted.line, setup::Questions{false, interrupts});
    setup::Undo undo;
    const auto written = setup::write_job(
        session, setup::check_job(session, wanted, surroundings()), given, interrupts, undo);
    undo.keep();
    show_places(session, wanted.line.positionals.at(0));
    if (look.json) {
        output.json(proto::write_message(written));
    } else if (!look.quiet) {
        output.text(fmt::format("Wrote {}\n", written.file));
        tell_disks(given, wanted.line, output);
    }
    if (!given.has(OptionId::run_now)) {
        return 0;
    }
    proto::JobRunParams now;
    now.job = wanted.line.positionals.at(0);
    const auto run = session.call(proto::methods::job_run, now);
    if (look.json) {
        output.json(proto::write_message(run));
    } else {
        output.text(fmt::format("Run {}\n", run.run));
    }
    return 0;
}

}  // namespace duplid::ctl
