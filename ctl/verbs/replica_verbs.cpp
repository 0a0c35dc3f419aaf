#include "ctl/verbs/replica_verbs.hpp"

#include "ctl/process/terminal.hpp"
#include "ctl/runs/verb_parts.hpp"

namespace duplid::ctl {

namespace {

std::vector<SecretMember> members_of(const Secrets& secrets, const proto::ReplicateParams& params)
{
    const bool gio = params.archive.backend.gio;
    auto members = variables_for(secrets, proto::kinds_of(params.archive.target, gio) |
                                              proto::kinds_of(params.source, gio));
    if (params.archive.encryption) {
        members.push_back({"passphrase", secrets.passphrase});
        members.push_back({"sign_passphrase", secrets.sign_passphrase});
    }
    if (params.source_encryption) {
        members.push_back({"source_passphrase", secrets.source_passphrase.is_set()
                                                    ? secrets.source_passphrase
                                                    : secrets.passphrase});
    }
    return members;
}

/// Whether there is a passphrase for the source now that there was not before.
bool ask_for_source(Secrets& secrets, const proto::ReplicateParams& params, Interrupts& interrupts)
{
    if (secrets.source_passphrase.is_set() || secrets.passphrase.is_set() ||
        !params.source_encryption || params.archive.use_agent || !has_terminal()) {
        return false;
    }
    secrets.source_passphrase = ask_secret("Passphrase for the source: ", interrupts);
    return true;
}

}  // namespace

int replicate(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    auto params = replicate_params(line, surroundings());
    auto secrets = secrets_for(params.archive, interrupts, params.source);
    complete_for_writing(secrets, params.archive, true, interrupts);
    auto chosen = open_archive_instance(line, look, interrupts, params.archive);
    auto& session = *chosen.session;
    while (true) {
        const auto done = run_and_follow(proto::methods::replicate, params,
                                         members_of(secrets, params), session, look, output);
        if (!done) {
            return 0;
        }
        if (!wants_secret(*done) || !ask_for_source(secrets, params, interrupts)) {
            return show_end(*done, session, look, output);
        }
    }
}

int repair(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    auto params = repair_params(line, surroundings());
    auto secrets = secrets_for(params.archive, interrupts);
    if (params.force) {
        complete_for_writing(secrets, params.archive, false, interrupts);
    }
    auto chosen = open_archive_instance(line, look, interrupts, params.archive);
    auto& session = *chosen.session;
    while (true) {
        const auto done =
            run_and_follow(proto::methods::repair, params, secrets, session, look, output);
        if (!done) {
            return 0;
        }
        if (!wants_secret(*done) || !ask_for_reading(secrets, params.archive, interrupts)) {
            return show_end(*done, session, look, output);
        }
    }
}

}  // namespace duplid::ctl
