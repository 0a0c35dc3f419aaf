#include "daemon/jobs/places.hpp"

#include "daemon/jobs/targets.hpp"
#include "daemon/schedule/file_system.hpp"
#include "proto/text.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <initializer_list>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::jobs {

namespace {

namespace fs = std::filesystem;

/// Over the /tmp and /var/tmp of a service with PrivateTmp= (systemd.exec(5)) systemd mounts a
/// directory of such a name (its tmpfiles.d/systemd-tmp.conf), and deletes it with the service.
bool is_own_temporary(const std::string& path)
{
    return schedule::file_system_of(path).root.find("/systemd-private-") != std::string::npos;
}

Obstacle own_temporary(const std::string& path)
{
    return {"the daemon's service has a directory of its own here, which nobody else sees: " + path,
            "choose a place that is not below /tmp or /var/tmp"};
}

Obstacle obstacle_of(int error_number, const std::string& doing, const std::string& path)
{
    const auto text = doing + " " + path + ": " + std::strerror(error_number);
    switch (error_number) {
    case EROFS:
        return {text,
                "if it is duplid's service that sees it so, \"duplictl init\" as root lets it "
                "write there, or a drop-in of its unit with ReadWritePaths=" +
                    path};
    case EACCES:
    case EPERM:
        return {text, "give the user that duplid runs as the right to"};
    default:
        return {text, ""};
    }
}

bool is_there(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0;
}

class Examination {
public:
    Examination(const LoadedJob& loaded, const SecretSurroundings& surroundings,
                const std::stop_token& stop)
        : loaded_{loaded}, job_{*loaded.job}, surroundings_{surroundings}, stop_{stop}
    {
    }

    std::vector<Problem> problems()
    {
        const auto& path = job_.conditions.path;
        if (!path.empty() && !is_there(path)) {
            return {};  // a disk that it waits for may hold all of it
        }
        note("source", obstacle_to_reading(job_.request.source));
        targets();
        for (const auto& [part, directory] :
             {std::pair{"archive_dir", &job_.request.archive.archive_dir},
              std::pair{"tempdir", &job_.request.archive.tempdir}}) {
            if (!directory->empty()) {
                note(part, obstacle_to_writing(*directory));
            }
        }
        const auto& secrets = job_.secrets;
        secret("secrets.passphrase", secrets.passphrase);
        secret("secrets.sign_passphrase", secrets.sign_passphrase);
        way("secrets.", secrets.target_password, secrets.variables);
        return std::move(problems_);
    }

private:
    void add(const std::string& part, std::string cause, std::string hint)
    {
        auto problem =
            loaded_.document.problem_at(part, proto::to_utf8(cause), proto::to_utf8(hint));
        problem.job = loaded_.name;
        problems_.push_back(std::move(problem));
    }

    void note(const std::string& part, std::optional<Obstacle> obstacle)
    {
        if (obstacle) {
            add(part, std::move(obstacle->cause), std::move(obstacle->hint));
        }
    }

    void targets()
    {
        if (job_.targets.empty()) {
            target("target", job_.request.archive.target, job_.conditions.filesystem);
            return;
        }
        for (std::size_t i = 0; i < job_.targets.size(); ++i) {
            const auto& one = job_.targets[i];
            const auto part = "targets[" + std::to_string(i) + "].";
            target(part + "url", one.url, one.filesystem);
            way(part + "secrets.", one.secrets.target_password, one.secrets.variables);
        }
    }

    void target(const std::string& part, const std::string& url, const std::string& filesystem)
    {
        std::string directory;
        try {
            directory = local_directory(url, part);
        } catch (const Error&) {
            return;  // not on this machine: only a run finds out
        }
        const bool may_be_away =
            (job_.conditions.target && !is_there(directory)) ||
            (!filesystem.empty() && schedule::file_system_missing(directory, filesystem));
        if (may_be_away) {
            return;
        }
        note(part, obstacle_to_writing(directory));
        if (filesystem.empty() &&
            schedule::lacks_disk(directory, schedule::file_system_of(directory))) {
            add(part, "no disk is mounted here: backups would go to one of the system's own",
                "mount it, and say its UUID (\"lsblk -f\") in \"filesystem\", so that an empty "
                "mount point is never taken for it; of the system's own disk if that is meant");
        }
    }

    void secret(const std::string& part, const SecretSource& source)
    {
        if (source.file.empty() && source.credential.empty() && source.env.empty()) {
            return;
        }
        try {
            static_cast<void>(fetch(source, surroundings_, stop_));
        } catch (const Error& error) {
            add(part, std::string{error.what()} + ": " + error.object(), error.hint());
        }
    }

    void way(const std::string& prefix, const SecretSource& password,
             const std::vector<VariableSource>& variables)
    {
        secret(prefix + "target_password", password);
        for (std::size_t i = 0; i < variables.size(); ++i) {
            secret(prefix + "variables[" + std::to_string(i) + "]", variables[i].secret);
        }
    }

    const LoadedJob& loaded_;
    const Job& job_;
    const SecretSurroundings& surroundings_;
    const std::stop_token& stop_;
    std::vector<Problem> problems_;
};

}  // namespace

std::optional<Obstacle> obstacle_to_writing(const std::string& directory)
{
    if (is_own_temporary(directory)) {
        return own_temporary(directory);
    }
    auto place = fs::path{directory}.lexically_normal();
    struct stat facts {};
    while (::stat(place.c_str(), &facts) != 0) {
        const int error_number = errno;
        if ((error_number != ENOENT && error_number != ENOTDIR) || !place.has_relative_path()) {
            return obstacle_of(error_number, "looking at", place.string());
        }
        place = place.parent_path();
    }
    if (!S_ISDIR(facts.st_mode)) {
        return obstacle_of(ENOTDIR, "writing to", place.string());
    }
    // Effective rights: access(2) would ask for those of the real user, and leave capabilities out.
    if (::faccessat(AT_FDCWD, place.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        return obstacle_of(errno, "writing to", place.string());
    }
    return std::nullopt;
}

std::optional<Obstacle> obstacle_to_reading(const std::string& path)
{
    if (is_own_temporary(path)) {
        return own_temporary(path);
    }
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return obstacle_of(errno, "reading", path);
    }
    // Others are stored without being opened.
    if (!S_ISDIR(facts.st_mode) && !S_ISREG(facts.st_mode)) {
        return std::nullopt;
    }
    const io::Fd opened{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (opened.get() < 0) {
        return obstacle_of(errno, "reading", path);
    }
    return std::nullopt;
}

std::vector<Problem> obstacles(const LoadedJob& loaded, const SecretSurroundings& surroundings,
                               const std::stop_token& stop)
{
    return loaded.job ? Examination{loaded, surroundings, stop}.problems() : std::vector<Problem>{};
}

}  // namespace duplid::jobs
