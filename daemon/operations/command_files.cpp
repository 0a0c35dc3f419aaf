#include "daemon/operations/command_files.hpp"

#include "daemon/jobs/job.hpp"
#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/observed.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include <utility>

namespace duplid::daemon {

namespace {

/// Room is looked at each time that so much was written.
constexpr std::uint64_t bytes_between_looks = std::uint64_t{16} << 20U;
/// What a command's output leaves to everybody else on the file system: one part in so many, but
/// not more than the latter.
constexpr std::uint64_t part_left = 20;
constexpr std::uint64_t bytes_left_max = std::uint64_t{1} << 30U;

/// The file that a command's output goes to, which vanishes with its last descriptor.
class Spool final : public io::Sink {
public:
    explicit Spool(const std::string& directory)
        : directory_{directory}, file_{io::TempFile::unnamed(directory)}
    {
        ::clock_gettime(CLOCK_REALTIME, &began_);
    }

    void write(io::ByteView bytes) override
    {
        if (bytes_ >= next_look_) {
            look_for_room();
        }
        try {
            io::write_full(file_.fd(), bytes, directory_);
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::no_space) {
                throw;
            }
            no_room();
        }
        bytes_ += bytes.size();
    }

    /// As the backup is to see it: of the moment at which the command began.
    [[nodiscard]] io::Fd take(mode_t mode)
    {
        const std::array<timespec, 2> times{began_, began_};
        if (::fchmod(file_.fd(), mode) != 0 || ::futimens(file_.fd(), times.data()) != 0) {
            throw system_error(errno, "preparing the output of a command", directory_);
        }
        return file_.take_fd();
    }

private:
    void look_for_room()
    {
        struct statvfs facts {};
        if (::fstatvfs(file_.fd(), &facts) == 0) {
            const std::uint64_t block = facts.f_frsize;
            const auto all = facts.f_blocks * block;
            if (facts.f_bavail * block < std::min(all / part_left, bytes_left_max)) {
                no_room();
            }
        }
        next_look_ = bytes_ + bytes_between_looks;
    }

    [[noreturn]] void no_room() const
    {
        throw Error{Error::Kind::no_space,
                    fmt::format("there is no room for all that it writes: {} bytes of it are in {}",
                                bytes_, directory_),
                    directory_, "make room there, or name another directory (tempdir)"};
    }

    std::string directory_;
    io::TempFile file_;
    timespec began_{};
    std::uint64_t bytes_ = 0;
    std::uint64_t next_look_ = 0;
};

/// One command, run for its file.
class CommandFile {
public:
    CommandFile(const proto::CommandParams& command, const std::string& temp_directory,
                Workshop& workshop, RunControl& control)
        : command_{command}, title_{"command for " + io::printable(command.path)},
          temp_directory_{temp_directory}, runner_{*workshop.hook_runner}, control_{control}
    {
    }

    [[nodiscard]] io::Fd make()
    {
        Spool spool{temp_directory_};
        hooks::Call call;
        call.words = command_.command;
        call.name = command_.program;
        call.time_max = std::chrono::seconds{command_.time_limit_seconds};
        call.output = &spool;
        call.last_words = &last_words_;
        call.tell = [this](std::string_view line) {
            control_.monitor().note(fmt::format("{}: {}", title_, line));
        };
        control_.monitor().note(fmt::format("{}: {} begins", title_, call.title()));
        const auto status = run(call);
        if (status != 0) {
            throw failed(call.title(), status);
        }
        return spool.take(command_.mode);
    }

private:
    int run(const hooks::Call& call)
    {
        // A command may be silent for long, and has a limit of its own.
        const remote::Observed waits{control_.observer(), remote::Observed::Start::continues};
        hooks::StopGrace none{control_.stop(), std::chrono::milliseconds{0}};
        try {
            return runner_.run(call, none);
        } catch (const Error& error) {
            if (error.kind() == Error::Kind::cancelled) {
                throw;
            }
            throw Error{error.kind(), fmt::format("{}: {}{}", title_, error.what(), last_words()),
                        error.object(), error.hint()}
                .with_detail(error.detail().empty() ? "command_failed" : error.detail(),
                             {{"path", command_.path}});
        }
    }

    [[nodiscard]] std::string last_words() const
    {
        return last_words_.empty() ? std::string{} : "; it says: " + last_words_;
    }

    [[nodiscard]] Error failed(const std::string& program, int status) const
    {
        constexpr int by_signal = 128;
        const auto signal =
            status > by_signal ? fmt::format(" (signal {})", status - by_signal) : std::string{};
        return Error{Error::Kind::unreachable,
                     fmt::format("{}: {} ended with status {}{}{}", title_, program, status, signal,
                                 last_words()),
                     program,
                     command_.program.empty()
                         ? "what it wrote is in the run's log; the next run goes on"
                         : "journalctl -u duplid-command@" + command_.program}
            .with_detail("command_failed",
                         {{"path", command_.path}, {"status", std::to_string(status)}});
    }

    const proto::CommandParams& command_;
    std::string title_;
    const std::string& temp_directory_;
    hooks::Runner& runner_;
    RunControl& control_;
    std::string last_words_;
};

[[noreturn]] void refuse(const std::string& text, const std::string& part, const std::string& hint)
{
    throw Error{Error::Kind::invalid, text, part, hint};
}

void check_command(const proto::CommandParams& command, const std::string& part, bool takes_names)
{
    if (command.command.empty() == command.program.empty()) {
        refuse("a file is made by either a command or a program", part,
               takes_names ? "for example \"program\": \"dump-shop\""
                           : "for example \"command\": [\"pg_dump\", \"shop\"]");
    }
    if (takes_names && !command.command.empty()) {
        refuse("the system's daemon executes no programs of jobs", part + ".command",
               "put the program into /etc/duplid/commands, and name it in \"program\"");
    }
    if (!takes_names && !command.program.empty()) {
        refuse("names are for the system's daemon", part + ".program",
               "say \"command\", with the program's path");
    }
    if (!command.program.empty() && !jobs::is_job_name(command.program)) {
        refuse("a program's name has letters, digits, '.', '_' and '-' only", part + ".program",
               "it is that of a file in /etc/duplid/commands");
    }
    if (!command.command.empty() && command.command.front().empty()) {
        refuse("there is no program", part + ".command", {});
    }
}

std::string part_of(std::size_t index)
{
    return "commands[" + std::to_string(index) + "]";
}

}  // namespace

void check_commands(const std::vector<proto::CommandParams>& commands, const Workshop& workshop)
{
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        check_command(commands[i], part_of(i), workshop.hook_runner->takes_names());
        paths.push_back(commands[i].path);
        try {
            // One more each time: the first that does not fit is to blame.
            static_cast<void>(operation::MadePlaces{paths});
        } catch (const Error& error) {
            refuse(error.what(), part_of(i) + ".path", error.hint());
        }
    }
}

std::vector<operation::MadeFile> made_files(const std::vector<proto::CommandParams>& commands,
                                            const std::string& temp_directory, Workshop& workshop,
                                            RunControl& control)
{
    std::vector<operation::MadeFile> files;
    for (const auto& command : commands) {
        files.push_back({command.path, [command, temp_directory, &workshop, &control] {
                             return CommandFile{command, temp_directory, workshop, control}.make();
                         }});
    }
    return files;
}

}  // namespace duplid::daemon
