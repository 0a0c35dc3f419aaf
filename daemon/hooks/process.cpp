#include "daemon/hooks/process.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/command/child.hpp"
#include "storage/remote/command/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::hooks {

namespace {

std::string path_of_this_process()
{
    const char* const path = std::getenv("PATH");
    return path != nullptr ? path : "";
}

}  // namespace

Process::Process(std::vector<std::string> words, std::vector<std::string> environment,
                 Output output)
{
    const auto program = command::find_program(words.front(), path_of_this_process());
    const auto nothing = command::above_streams(io::open_file("/dev/null", O_RDONLY));
    auto said = command::make_pipe();
    command::make_nonblocking(said.read);
    command::Pipe written;
    if (output == Output::apart) {
        written = command::make_pipe();
        command::make_nonblocking(written.read);
    }
    const auto& standard_output = written.write ? written.write : said.write;
    pid_ = command::spawn({.program = program,
                           .words = std::move(words),
                           .environment = std::move(environment),
                           .working_directory = "/",
                           .streams = {nothing.get(), standard_output.get(), said.write.get()}});
    words_ = std::move(said.read);
    content_ = std::move(written.read);
    // Not by name of glibc, which has it since 2.36 only. Linux has it since 5.3.
    end_ = io::Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    if (!end_) {
        const int why = errno;
        signal(SIGKILL);
        static_cast<void>(reap());
        throw system_error(why, "watching " + program, program);
    }
}

Process::~Process()
{
    if (pid_ > 0) {
        signal(SIGKILL);
        static_cast<void>(reap());
    }
}

bool Process::has_failed() const noexcept
{
    siginfo_t end{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           end.si_pid == pid_ && (end.si_code != CLD_EXITED || end.si_status != 0);
}

void Process::signal(int number) const noexcept
{
    // Before it is reaped nobody else's group can have its number.
    ::kill(-pid_, number);
}

int Process::reap()
{
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    constexpr int by_signal = 128;
    return WIFEXITED(status) ? WEXITSTATUS(status) : by_signal + WTERMSIG(status);
}

}  // namespace duplid::hooks
