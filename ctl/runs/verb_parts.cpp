#include "ctl/runs/verb_parts.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/words/job_settings.hpp"
#include "ctl/words/option_values.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace duplid::ctl {

namespace {

void tell_which(const Chosen& chosen, const Look& look)
{
    if (look.verbose) {
        std::fputs(fmt::format("duplictl: using {}\n", chosen.description).c_str(), stderr);
    }
}

}  // namespace

Chosen open_resident_instance(const CommandLine& line, const Look& look, Interrupts& interrupts)
{
    auto chosen = resident_instance(line, interrupts);
    tell_which(chosen, look);
    return chosen;
}

Chosen open_archive_instance(const CommandLine& line, const Look& look, Interrupts& interrupts,
                             proto::ArchiveParams& archive)
{
    auto chosen = archive_instance(line, interrupts);
    tell_which(chosen, look);
    if (chosen.session->hello().instance == proto::Instance::user) {
        add_environment(archive);
    }
    return chosen;
}

namespace {

/// What a job knows, as far as the environment does not know better.
void take_secrets_of_job(Secrets& secrets, proto::ArchiveParams& archive)
{
    auto passphrase = std::exchange(archive.passphrase, {});
    auto sign_passphrase = std::exchange(archive.sign_passphrase, {});
    if (!secrets.passphrase.is_set()) {
        secrets.passphrase = std::move(passphrase);
    }
    if (!secrets.sign_passphrase.is_set()) {
        secrets.sign_passphrase = std::move(sign_passphrase);
    }
    for (auto& variable : std::exchange(archive.backend.variables, {})) {
        if (std::ranges::find(secrets.variables, variable.name, &Variable::name) ==
            secrets.variables.end()) {
            secrets.variables.push_back({std::move(variable.name), std::move(variable.value)});
        }
    }
}

}  // namespace

Secrets secrets_for(proto::ArchiveParams& archive, Interrupts& interrupts, std::string_view source)
{
    auto secrets = take_environment_secrets();
    take_secrets_of_job(secrets, archive);
    complete_target_password(secrets, archive.target, archive.backend, interrupts);
    complete_target_password(secrets, source, archive.backend, interrupts);
    return secrets;
}

std::vector<SecretMember> variables_of(const Secrets& secrets, const proto::ArchiveParams& archive)
{
    return variables_for(secrets, proto::kinds_of(archive.target, archive.backend.gio));
}

std::vector<SecretMember> members_of(const Secrets& secrets, const proto::ArchiveParams& archive)
{
    auto members = variables_of(secrets, archive);
    if (archive.encryption) {
        members.push_back({"passphrase", secrets.passphrase});
        members.push_back({"sign_passphrase", secrets.sign_passphrase});
    }
    return members;
}

bool wants_secret(const proto::DoneEvent& done)
{
    return done.error && done.error->kind == proto::ErrorKind::wrong_secret;
}

std::optional<std::int64_t> pause_end(const CommandLine& line)
{
    const auto here = surroundings();
    const auto span = line.value(OptionId::pause_for);
    const auto time = time_of(line, OptionId::pause_until, here);
    if (!span) {
        return time;
    }
    if (time) {
        throw usage_failure("--for and --until exclude each other");
    }
    const auto seconds = parse_span(*span);
    if (!seconds) {
        throw usage_failure("--for wants a span of time", *span, "for example 2h or 3D");
    }
    return here.now + *seconds;
}

}  // namespace duplid::ctl
