#include "ctl/verbs/removal_verbs.hpp"

#include "ctl/requests/removal_request.hpp"
#include "ctl/runs/verb_parts.hpp"

namespace duplid::ctl {

namespace {

template <class Params>
int run(const CommandLine& line, Output& output, Interrupts& interrupts,
        const proto::Method<Params, proto::RunReply>& method, Params params)
{
    const auto look = look_of(line);
    // Without passphrases: names tell enough.
    const auto secrets = secrets_for(params.archive, interrupts);
    auto chosen = open_archive_instance(line, look, interrupts, params.archive);
    auto& session = *chosen.session;
    const auto done = run_and_follow(method, params, variables_of(secrets, params.archive), session,
                                     look, output);
    return done ? show_end(*done, session, look, output) : 0;
}

}  // namespace

int remove_older_than(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return run(line, output, interrupts, proto::methods::remove_older_than,
               remove_older_than_params(line, surroundings()));
}

int remove_all_but_n_full(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return run(line, output, interrupts, proto::methods::remove_all_but_n_full,
               remove_all_but_n_full_params(line, surroundings()));
}

int remove_all_inc_of_but_n_full(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return run(line, output, interrupts, proto::methods::remove_all_inc_of_but_n_full,
               remove_increments_params(line, surroundings()));
}

int prune(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return run(line, output, interrupts, proto::methods::prune, prune_params(line, surroundings()));
}

int cleanup(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    return run(line, output, interrupts, proto::methods::cleanup,
               cleanup_params(line, surroundings()));
}

}  // namespace duplid::ctl
