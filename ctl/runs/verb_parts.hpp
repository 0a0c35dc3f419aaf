// What verbs about archives have in common.
#pragma once

#include "ctl/link/instance.hpp"
#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/process/output.hpp"
#include "ctl/requests/request.hpp"
#include "ctl/runs/follow_run.hpp"
#include "ctl/secrets/secrets.hpp"
#include "ctl/secrets/target_password.hpp"
#include "proto/event.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <vector>

namespace duplid::ctl {

/// When a pause ends (--for, --until), epoch seconds; nothing: when it is resumed. Throws: Failure.
[[nodiscard]] std::optional<std::int64_t> pause_end(const CommandLine& line);

/// The resident daemon; says which if asked to. Throws: Failure.
[[nodiscard]] Chosen open_resident_instance(const CommandLine& line, const Look& look,
                                            Interrupts& interrupts);

/// Finds the daemon, and says which if asked to.
[[nodiscard]] Chosen open_archive_instance(const CommandLine& line, const Look& look,
                                           Interrupts& interrupts, proto::ArchiveParams& archive);

/// What the environment holds, taken out of it, as is what a job has put into `archive`; and the
/// target's password, asked for if it is needed and there is a terminal. `source`: a second target.
/// Throws: Interrupted; Failure.
[[nodiscard]] Secrets secrets_for(proto::ArchiveParams& archive, Interrupts& interrupts,
                                  std::string_view source = {});

/// Variables that the archive's target may read, as members of a request.
[[nodiscard]] std::vector<SecretMember> variables_of(const Secrets& secrets,
                                                     const proto::ArchiveParams& archive);

/// What goes with a request about an archive: variables for its target, and if it is encrypted the
/// passphrases.
[[nodiscard]] std::vector<SecretMember> members_of(const Secrets& secrets,
                                                   const proto::ArchiveParams& archive);

/// Whether a run ended because something could not be opened.
[[nodiscard]] bool wants_secret(const proto::DoneEvent& done);

/// Starts a run and stays with it to its last event, or, detached, says its number and returns
/// nothing.
template <class Params>
std::optional<proto::DoneEvent> run_and_follow(const proto::Method<Params, proto::RunReply>& method,
                                               const Params& params,
                                               const std::vector<SecretMember>& secrets,
                                               Session& session, const Look& look, Output& output)
{
    const bool detached = params.lifetime == proto::Lifetime::detached;
    if (!detached) {
        session.begin_lease();
    }
    const auto reply = session.call(method, params, secrets);
    if (!detached) {
        return follow_run(session, reply.run, Ownership::ours, look, output);
    }
    if (look.json) {
        output.json(proto::write_message(reply));
    } else {
        output.text(fmt::format("Run {}\n", reply.run));
    }
    return std::nullopt;
}

/// The same with the secrets that every request about an archive takes.
template <class Params>
std::optional<proto::DoneEvent> run_and_follow(const proto::Method<Params, proto::RunReply>& method,
                                               const Params& params, const Secrets& secrets,
                                               Session& session, const Look& look, Output& output)
{
    return run_and_follow(method, params, members_of(secrets, params.archive), session, look,
                          output);
}

}  // namespace duplid::ctl
