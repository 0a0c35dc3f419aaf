#include "ctl/runs/job_archive.hpp"

#include "ctl/link/instance.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/fd.hpp"
#include "ctl/requests/target_request.hpp"
#include "ctl/secrets/key_ring.hpp"
#include "proto/methods.hpp"
#include "proto/target_variables.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t secret_bytes_max = 4096;

/// What a file holds, without the line end at its end; not set when it cannot be read.
proto::SecretText secret_in_file(const std::string& path)
{
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    proto::WipedBuffer buffer(secret_bytes_max);
    const auto bytes = file.is_open() ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
    if (bytes <= 0) {
        return {};
    }
    buffer.resize(static_cast<std::size_t>(bytes));
    if (buffer.back() == '\n') {
        buffer.pop_back();
    }
    return proto::SecretText{std::move(buffer)};
}

/// Not set when this program cannot get at it: then it is asked for, as if there were none.
proto::SecretText secret_in(const json& source)
{
    const auto text_of = [&source](const char* name) {
        const bool is_text =
            source.is_object() && source.contains(name) && source[name].is_string();
        return is_text ? source[name].get<std::string>() : std::string{};
    };
    if (const auto path = text_of("file"); !path.empty()) {
        return secret_in_file(path);
    }
    const auto name = text_of("keyring");
    return name.empty() ? proto::SecretText{} : secret_in_key_ring(name);
}

void add_variable(proto::ArchiveParams& archive, std::string name, proto::SecretText value)
{
    if (value.is_set()) {
        archive.backend.variables.push_back({std::move(name), std::move(value)});
    }
}

/// Password and credentials of a target.
void fill_in_way(proto::ArchiveParams& archive, const json& secrets)
{
    add_variable(archive, password_variable(archive),
                 secret_in(secrets.value("target_password", json{})));
    for (const auto& variable : secrets.value("variables", json::array())) {
        const auto name = variable.value("name", "");
        const auto plain = variable.value("value", "");
        add_variable(archive, name, plain.empty() ? secret_in(variable) : proto::SecretText{plain});
    }
}

void fill_in_secrets(proto::ArchiveParams& archive, const json& settings)
{
    const auto secrets = settings.value("secrets", json::object());
    archive.passphrase = secret_in(secrets.value("passphrase", json{}));
    archive.sign_passphrase = secret_in(secrets.value("sign_passphrase", json{}));
    fill_in_way(archive, secrets);
    for (const auto& target : settings.value("targets", json::array())) {
        if (target.value("url", "") == archive.target) {
            fill_in_way(archive, target.value("secrets", json::object()));
        }
    }
}

/// The job's archive, on the target that is asked for.
proto::ArchiveParams archive_of(const proto::JobShowReply& reply, const CommandLine& line)
{
    const auto wanted = line.value(OptionId::job_target);
    if (!wanted) {
        return reply.request->archive;
    }
    std::string names;
    for (const auto& target : reply.target_archives) {
        if (target.name == *wanted) {
            return target.archive;
        }
        names += (names.empty() ? "" : ", ") + target.name;
    }
    throw Failure{
        {.kind = proto::ErrorKind::not_found,
         .cause = "the job has no target of this name",
         .object = *wanted,
         .hint = names.empty() ? "it has one target, without a name" : "its targets are " + names}};
}

/// The UUID of the disk that the job says this target is on; empty: of any.
std::string disk_of(const json& settings, const std::string& url)
{
    for (const auto& target : settings.value("targets", json::array())) {
        if (target.value("url", "") == url) {
            return target.value("filesystem", "");
        }
    }
    return settings.value("conditions", json::object()).value("filesystem", "");
}

/// As for the job's own runs: whoever looks into an empty mount point finds an archive that has
/// lost everything, and would mend it there.
void require_disk(Session& session, const json& settings, const proto::ArchiveParams& archive)
{
    const auto uuid = disk_of(settings, archive.target);
    const auto path = local_target(archive.target);
    if (uuid.empty() || !path) {
        return;
    }
    if (session.call(proto::methods::file_system, proto::FileSystemParams{*path}).uuid != uuid) {
        throw Failure{{.kind = proto::ErrorKind::unreachable,
                       .cause = fmt::format("the disk with UUID {} is not mounted there", uuid),
                       .object = *path,
                       .hint = "mount it, or name an archive elsewhere by its URL in place of "
                               "--job"}};
    }
}

void check_options(const CommandLine& line)
{
    constexpr auto said_by_job =
        OptionSet::archive | OptionSet::encryption | OptionSet::target | OptionSet::compression;
    for (const auto& given : line.given) {
        const auto& row = option(given.id);
        if (contains(said_by_job, row.set)) {
            throw usage_failure(fmt::format("{} is said by the job already", main_name(row)));
        }
    }
    if (line.has(OptionId::detach)) {
        throw usage_failure("with --job a command works with your own rights, and ends with you",
                            "--detach", "\"duplictl job-run\" leaves a run to the daemon");
    }
}

proto::JobShowReply show_job(Session& session, const std::string& job)
{
    auto reply = session.call(proto::methods::job_show, proto::JobParams{job});
    if (!reply.request) {
        throw Failure{{.kind = proto::ErrorKind::invalid,
                       .cause = "the files of this job make no sense",
                       .object = job,
                       .hint = "\"duplictl config-check\" says why"}};
    }
    return reply;
}

/// What `reply` says of the job, and its secrets, put into the line.
void fill_in(CommandLine& line, const proto::JobShowReply& reply, proto::Instance instance)
{
    auto archive = archive_of(reply, line);
    if (instance == proto::Instance::system) {
        // Its cache is the service's: what root wrote there, the service could not change any more.
        archive.archive_dir.clear();
    }
    fill_in_secrets(archive, reply.settings);
    for (const auto& command : reply.request->commands) {
        line.job_made.push_back(command.path);
    }
    line.job_archive = std::move(archive);
}

}  // namespace

CommandLine about_job(const CommandLine& line, const std::string& job, const std::string& target,
                      Interrupts& interrupts)
{
    CommandLine other;
    other.verb = VerbId::restore;
    other.positionals = {"job:" + job};
    other.given = {{OptionId::job, job}};
    if (!target.empty()) {
        other.given.push_back({OptionId::job_target, target});
    }
    for (const auto& given : line.given) {
        if (option(given.id).set == OptionSet::instance) {
            other.given.push_back(given);
        }
    }
    auto chosen = resident_instance(other, interrupts);
    auto& session = *chosen.session;
    fill_in(other, show_job(session, job), session.hello().instance);
    return other;
}

std::string password_variable(const proto::ArchiveParams& archive)
{
    const auto kinds = proto::kinds_of(archive.target, archive.backend.gio);
    return kinds != proto::remote_kinds && contains(kinds, proto::TargetKind::imap)
               ? "IMAP_PASSWORD"
               : "FTP_PASSWORD";
}

CommandLine with_job(CommandLine line, Interrupts& interrupts)
{
    const auto job = line.value(OptionId::job);
    if (!job) {
        if (line.has(OptionId::job_target)) {
            throw usage_failure("--target names a target of a job, and wants --job");
        }
        return line;
    }
    check_options(line);
    auto chosen = resident_instance(line, interrupts);
    auto& session = *chosen.session;
    const auto reply = show_job(session, *job);
    fill_in(line, reply, session.hello().instance);
    require_disk(session, reply.settings, *line.job_archive);
    return line;
}

}  // namespace duplid::ctl
