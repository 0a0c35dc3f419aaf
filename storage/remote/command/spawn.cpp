#include "storage/remote/command/spawn.hpp"

#include "storage/io/error.hpp"
#include "storage/io/secret.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

namespace duplid::command {

namespace {

constexpr int standard_streams = 3;

/// What posix_spawn(3) is told; its two objects are freed with it.
class SpawnPlan {
public:
    SpawnPlan()
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
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

    void start_in(const std::string& directory)
    {
        ::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    }
    void give(const std::array<int, standard_streams>& fds)
    {
        int number = 0;
        for (const int fd : fds) {
            ::posix_spawn_file_actions_adddup2(&actions_, fd, number++);
        }
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, standard_streams);
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
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

io::Fd above_streams(io::Fd low)
{
    io::Fd high{::fcntl(low.get(), F_DUPFD_CLOEXEC, standard_streams)};
    if (!high) {
        throw system_error(errno, "making a pipe", {});
    }
    return high;
}

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw system_error(errno, "making a pipe", {});
    }
    io::Fd read_end{ends[0]};
    io::Fd write_end{ends[1]};
    return {above_streams(std::move(read_end)), above_streams(std::move(write_end))};
}

Pipe make_socket_pipe()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw system_error(errno, "making a pair of sockets", {});
    }
    io::Fd read_end{ends[0]};
    io::Fd write_end{ends[1]};
    return {above_streams(std::move(read_end)), above_streams(std::move(write_end))};
}

void make_nonblocking(const io::Fd& fd)
{
    if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
        throw system_error(errno, "preparing a pipe", {});
    }
}

pid_t spawn(Spawning spawning)
{
    SpawnPlan plan;
    if (!spawning.working_directory.empty()) {
        plan.start_in(spawning.working_directory);
    }
    plan.give(spawning.streams);
    const auto argv = pointers_to(spawning.words);
    const auto envp = pointers_to(spawning.environment);
    pid_t pid = -1;
    const int problem = ::posix_spawn(&pid, spawning.program.c_str(), plan.actions(),
                                      plan.attributes(), argv.data(), envp.data());
    for (auto& assignment : spawning.environment) {
        io::wipe(assignment.data(), assignment.size());
    }
    if (problem != 0) {
        throw system_error(problem, "starting " + spawning.program, spawning.program);
    }
    return pid;
}

}  // namespace duplid::command
