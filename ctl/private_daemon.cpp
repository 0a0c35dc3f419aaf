#include "ctl/private_daemon.hpp"

#include "ctl/failure.hpp"
#include "proto/target_variables.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace duplid::ctl {

namespace {

constexpr const char* daemon_name = "duplid";
/// Where `duplid --private` finds its end of the socket pair.
constexpr int control_fd = 3;
constexpr int farewell_milliseconds = 10'000;

/// posix_spawn's two C structures.
class SpawnPlan {
public:
    SpawnPlan()
    {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan()
    {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    /// Warnings of the libraries go where the client's do.
    void connect(int control, Streams streams)
    {
        if (streams == Streams::none) {
            posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
            posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        }
        posix_spawn_file_actions_adddup2(&actions_, control, control_fd);
        posix_spawn_file_actions_addclosefrom_np(&actions_, control_fd + 1);
    }

    /// A process group of its own, so that Ctrl-C reaches the client alone, which then stops the
    /// run in good order; and signals as a fresh process has them.
    void detach_signals()
    {
        sigset_t none{};
        sigemptyset(&none);
        sigset_t defaults{};
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &defaults);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETSIGDEF);
    }

    [[nodiscard]] int spawn(pid_t& pid, const std::string& program,
                            const std::vector<char*>& arguments,
                            const std::vector<char*>& environment) const
    {
        return posix_spawnp(&pid, program.c_str(), &actions_, &attributes_, arguments.data(),
                            environment.data());
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::vector<char*> environment_without_secrets()
{
    std::vector<char*> kept;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        if (!proto::is_secret_variable(text.substr(0, text.find('=')))) {
            kept.push_back(*variable);
        }
    }
    kept.push_back(nullptr);
    return kept;
}

std::string words_for(int status)
{
    if (WIFSIGNALED(status)) {
        return fmt::format("killed by signal {} ({})", WTERMSIG(status),
                           ::strsignal(WTERMSIG(status)));
    }
    return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace

std::string daemon_program()
{
    std::error_code error;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) {
        const auto folder = own.parent_path();
        for (const auto& candidate :
             {folder / daemon_name, folder.parent_path() / "daemon" / daemon_name}) {
            if (std::filesystem::is_regular_file(candidate, error) &&
                ::access(candidate.c_str(), X_OK) == 0) {
                return candidate.string();
            }
        }
    }
    return daemon_name;
}

PrivateDaemon::PrivateDaemon(const std::string& program, Streams streams)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw system_failure(proto::ErrorKind::internal, "making a socket pair", {}, errno);
    }
    socket_ = Fd{ends[0]};
    Fd theirs{ends[1]};
    SpawnPlan plan;
    plan.connect(theirs.get(), streams);
    plan.detach_signals();
    std::string name = program;
    std::string mode = "--private";
    std::string lent = "--lent-streams";
    std::vector<char*> arguments{name.data(), mode.data()};
    if (streams == Streams::lent) {
        arguments.push_back(lent.data());
    }
    arguments.push_back(nullptr);
    const int error = plan.spawn(pid_, program, arguments, environment_without_secrets());
    if (error != 0) {
        auto failure = system_failure(proto::ErrorKind::unreachable, "starting a private daemon",
                                      program, error)
                           .error();
        failure.hint = "duplid is looked for beside duplictl and in PATH";
        throw Failure{std::move(failure)};
    }
    // Without one (a kernel before 5.3) there is nothing to wait on with a time limit.
    pidfd_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
}

PrivateDaemon::~PrivateDaemon()
{
    socket_.close();
    if (!abandoned_ && !wait(farewell_milliseconds)) {
        ::kill(pid_, SIGTERM);
    }
}

bool PrivateDaemon::wait(int milliseconds) noexcept
{
    if (ended_) {
        return true;
    }
    pollfd ended{pidfd_.get(), POLLIN, 0};
    if (pidfd_.is_open() && ::poll(&ended, 1, milliseconds) == 0) {
        return false;
    }
    ended_ = ::waitpid(pid_, &status_, 0) == pid_;
    return ended_;
}

std::optional<std::string> PrivateDaemon::ending()
{
    constexpr int a_second = 1000;
    if (!wait(a_second)) {
        return std::nullopt;
    }
    return words_for(status_);
}

}  // namespace duplid::ctl
