#include "daemon/hooks/process.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/command/child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::hooks {

namespace {

/// Descriptors of ours that are to be copied to 0, 1 and 2 lie above these.
constexpr int fd_min = 3;

struct Pipe {
    io::Fd read;
    io::Fd write;
};

io::Fd raised(io::Fd low)
{
    io::Fd high{::fcntl(low.get(), F_DUPFD_CLOEXEC, fd_min)};
    if (!high) {
        throw system_error(errno, "preparing a hook", "pipe");
    }
    return high;
}

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw system_error(errno, "preparing a hook", "pipe");
    }
    io::Fd read_end{ends[0]};
    io::Fd write_end{ends[1]};
    // Only our end: a program is entitled to a stream that blocks.
    if (::fcntl(read_end.get(), F_SETFL, O_NONBLOCK) != 0) {
        throw system_error(errno, "preparing a hook", "pipe");
    }
    return {std::move(read_end), raised(std::move(write_end))};
}

/// What posix_spawn(3) is told; its two objects are freed with it.
class SpawnPlan {
public:
    SpawnPlan(int input, int output)
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_addchdir_np(&actions_, "/");
        ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        sigset_t none;
        sigemptyset(&none);
        sigset_t all;
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETPGROUP);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan()
    {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* actions() const noexcept { return &actions_; }
    [[nodiscard]] const posix_spawnattr_t* attributes() const noexcept { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

std::string path_of_this_process()
{
    const char* const path = std::getenv("PATH");
    return path != nullptr ? path : "";
}

}  // namespace

Process::Process(std::vector<std::string> words, std::vector<std::string> environment)
{
    const auto program = command::find_program(words.front(), path_of_this_process());
    const auto input = raised(io::open_file("/dev/null", O_RDONLY));
    auto pipe = make_pipe();
    const SpawnPlan plan{input.get(), pipe.write.get()};
    const auto argv = pointers_to(words);
    const auto envp = pointers_to(environment);
    const int problem = ::posix_spawn(&pid_, program.c_str(), plan.actions(), plan.attributes(),
                                      argv.data(), envp.data());
    if (problem != 0) {
        pid_ = -1;
        throw system_error(problem, "starting " + program, program);
    }
    output_ = std::move(pipe.read);
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
