#include "ctl/verb_parts.hpp"

#include "ctl/failure.hpp"

#include <cstdio>
#include <ctime>
#include <filesystem>

namespace duplid::ctl {

Surroundings surroundings()
{
    std::error_code error;
    auto directory = std::filesystem::current_path(error);
    if (error) {
        throw system_failure(proto::ErrorKind::not_found, "finding the working directory", {},
                             error.value());
    }
    return {.working_directory = directory.string(), .now = std::time(nullptr)};
}

Chosen open_archive_instance(const CommandLine& line, const Look& look, Interrupts& interrupts,
                             proto::ArchiveParams& archive)
{
    auto chosen = archive_instance(line, interrupts);
    if (look.verbose) {
        std::fputs(fmt::format("duplictl: using {}\n", chosen.description).c_str(), stderr);
    }
    if (chosen.session->hello().instance == proto::Instance::user) {
        add_environment(archive);
    }
    return chosen;
}

std::vector<SecretMember> members_of(const Secrets& secrets, const proto::ArchiveParams& archive)
{
    if (!archive.encryption) {
        return {};
    }
    return {{"passphrase", secrets.passphrase}, {"sign_passphrase", secrets.sign_passphrase}};
}

bool wants_secret(const proto::DoneEvent& done)
{
    return done.error && done.error->kind == proto::ErrorKind::wrong_secret;
}

}  // namespace duplid::ctl
