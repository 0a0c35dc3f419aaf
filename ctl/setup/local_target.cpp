#include "ctl/setup/local_target.hpp"

#include "ctl/jobs/job_targets.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/requests/target_request.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/setup/new_job.hpp"
#include "ctl/setup/secret_file.hpp"
#include "ctl/setup/service.hpp"
#include "proto/methods.hpp"

#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace duplid::setup {

namespace {

namespace fs = std::filesystem;
using ctl::OptionId;
using proto::ErrorKind;

[[noreturn]] void refuse(std::string cause, const std::string& path, std::string hint)
{
    throw ctl::Failure{{.kind = ErrorKind::denied,
                        .cause = std::move(cause),
                        .object = path,
                        .hint = std::move(hint)}};
}

bool is_read_only(const std::string& path)
{
    struct statvfs facts {};
    return ::statvfs(path.c_str(), &facts) == 0 && (facts.f_flag & ST_RDONLY) != 0;
}

/// As the daemon sees it: its service may have another view of the same directories.
bool is_read_only_to(std::uint64_t pid, const std::string& path)
{
    return is_read_only(fmt::format("/proc/{}/root{}", pid, path));
}

struct stat facts_of(const std::string& path)
{
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        throw ctl::system_failure(ErrorKind::denied, "looking at a directory", path, errno);
    }
    return facts;
}

/// A service with temporary directories of its own (PrivateTmp=) sees another one there, or none.
void check_same_directory(std::uint64_t pid, const std::string& path)
{
    struct stat theirs {};
    const auto ours = facts_of(path);
    const bool is_there = ::stat(fmt::format("/proc/{}/root{}", pid, path).c_str(), &theirs) == 0;
    if (!is_there && (errno == EACCES || errno == EPERM)) {
        return;  // a root that may not look (in a container, say) has to believe
    }
    if (!is_there || theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino) {
        refuse("the daemon does not see this directory", path,
               "choose one that is not below /tmp or /var/tmp");
    }
}

bool is_empty(const std::string& path)
{
    std::error_code error;
    return fs::is_empty(path, error) && !error;
}

/// The daemon's user owns it: who else may read backups is root's to say.
void give_to(std::uint64_t pid, const std::string& path, Undo& undo)
{
    const auto daemon = facts_of(fmt::format("/proc/{}", pid));
    const auto before = facts_of(path);
    if (daemon.st_uid == 0 || before.st_uid == daemon.st_uid) {
        return;
    }
    if (!is_empty(path)) {
        refuse("the directory belongs to another user than the daemon's, and is not empty", path,
               fmt::format("chown -R {}:{} {}", daemon.st_uid, daemon.st_gid, path));
    }
    if (::chown(path.c_str(), daemon.st_uid, daemon.st_gid) != 0) {
        throw ctl::system_failure(ErrorKind::denied, "giving a directory to the daemon", path,
                                  errno);
    }
    undo.add([path, before] {
        if (::chown(path.c_str(), before.st_uid, before.st_gid) != 0) {
            throw ctl::system_failure(ErrorKind::denied, "taking a directory back", path, errno);
        }
    });
}

/// Of one of several targets "target-JOB+NAME.conf": no name of a job has that sign.
std::string drop_in_name(const ctl::CommandLine& line, const std::string& target)
{
    return fmt::format("target-{}{}{}.conf", line.positionals.at(0), target.empty() ? "" : "+",
                       target);
}

void write_drop_in(const ctl::CommandLine& line, const std::string& target, const std::string& path,
                   Undo& undo)
{
    const auto units = line.value(OptionId::unit_dir).value_or("/etc/systemd/system");
    const auto directory = units + "/duplid.service.d";
    std::error_code told_below;
    if (fs::create_directories(directory, told_below)) {
        undo.add([directory] { ::rmdir(directory.c_str()); });
    }
    const auto file = directory + "/" + drop_in_name(line, target);
    const auto text = drop_in_text(path);
    std::ofstream stream{file};
    undo.add([file] { ::unlink(file.c_str()); });
    stream << text;
    stream.close();
    if (!stream) {
        refuse("the drop-in of the service cannot be written", file, "");
    }
}

void let_service_write(const std::string& target, const std::string& path,
                       const ctl::CommandLine& line, const Questions& questions,
                       ctl::Chosen& chosen, ctl::Interrupts& interrupts, Undo& undo)
{
    const std::string hint = "add ReadWritePaths=" + path + " to the service of duplid";
    const ServiceManager manager{true};
    if (is_read_only(path)) {
        refuse("this is on a file system that is mounted read-only", path, "");
    }
    if (!manager.knows_duplid() ||
        !questions.yes(fmt::format("duplid's service only sees {} read-only. Let it write there "
                                   "(it is started anew for it)?",
                                   path),
                       true)) {
        refuse("the daemon may not write there", path, hint);
    }
    undo.add([manager] { manager.reload(); });
    write_drop_in(line, target, path, undo);
    manager.restart();
    chosen = ctl::resident_instance(line, interrupts);
    if (is_read_only_to(chosen.session->hello().pid, path)) {
        refuse("the daemon still may not write there", path, hint);
    }
}

/// The UUID that the target is to be bound to; empty: to none.
std::string disk_of(ctl::Session& session, const std::string& path, const Questions& questions)
{
    const auto disk = session.call(proto::methods::file_system, proto::FileSystemParams{path});
    if (disk.lacks_disk) {
        if (!questions.yes(fmt::format("No disk is mounted at {}: this would be on a disk of the "
                                       "system's own. Is that meant?",
                                       path),
                           false)) {
            throw ctl::usage_failure("there is no disk mounted for this target", path,
                                     "mount it and try again, or say --filesystem none");
        }
        return disk.uuid;
    }
    if (disk.is_root || disk.uuid.empty()) {
        return {};
    }
    questions.tell(fmt::format("{} is on the disk that is mounted at {} (UUID {}).\n", path,
                               disk.mount_point, disk.uuid));
    return questions.yes("Make backups there only while that disk is there?", true) ? disk.uuid
                                                                                    : "";
}

void prepare(const std::string& target, const std::string& path, const ctl::CommandLine& line,
             const Questions& questions, ctl::Chosen& chosen, ctl::Interrupts& interrupts,
             Undo& undo)
{
    make_private_directory(path, undo);
    const auto& hello = chosen.session->hello();
    if (hello.instance != proto::Instance::system) {
        if (::access(path.c_str(), W_OK | X_OK) != 0) {
            refuse("you may not write there", path, "choose a directory of your own");
        }
        return;
    }
    check_same_directory(hello.pid, path);
    give_to(hello.pid, path, undo);
    if (is_read_only_to(hello.pid, path)) {
        let_service_write(target, path, line, questions, chosen, interrupts, undo);
    }
}

}  // namespace

void settle_disks_of_targets(ctl::Session& session, ctl::CommandLine& line,
                             const Questions& questions)
{
    if (line.has(OptionId::filesystem)) {
        return;
    }
    for (const auto& [name, url] : ctl::typed_targets(line)) {
        const auto path = ctl::local_target(url);
        if (!path) {
            continue;
        }
        if (const auto uuid = disk_of(session, *path, questions); !uuid.empty()) {
            line.given.push_back({OptionId::filesystem, name.empty() ? uuid : name + "=" + uuid});
        }
    }
}

void prepare_local_targets(const ctl::CommandLine& line, const Questions& questions,
                           ctl::Chosen& chosen, ctl::Interrupts& interrupts, Undo& undo)
{
    for (const auto& [name, url] : ctl::typed_targets(line)) {
        if (const auto path = ctl::local_target(url)) {
            prepare(name, *path, line, questions, chosen, interrupts, undo);
        }
    }
}

std::string drop_in_text(std::string_view path)
{
    std::string quoted;
    for (const char c : path) {
        if (c == '"' || c == '\'' || c == '\\' || static_cast<unsigned char>(c) < ' ') {
            refuse("a directory of this name cannot be written into a unit", std::string{path},
                   "choose one without quotes, backslashes and control characters");
        }
        quoted += c;
        if (c == '%') {
            quoted += c;  // a specifier otherwise
        }
    }
    return fmt::format("# Written by \"duplictl init\": a target of duplid's on this machine.\n"
                       "[Service]\nReadWritePaths=\"-{}\"\n",
                       quoted);
}

}  // namespace duplid::setup
