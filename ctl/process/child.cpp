#include "ctl/process/child.hpp"

#include "proto/target_variables.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::ctl {

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

std::string ending_in_words(int wait_status)
{
    if (WIFSIGNALED(wait_status)) {
        return fmt::format("killed by signal {} ({})", WTERMSIG(wait_status),
                           ::strsignal(WTERMSIG(wait_status)));
    }
    return fmt::format("exit status {}", WEXITSTATUS(wait_status));
}

SpawnPlan::SpawnPlan() : flags_{POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF}
{
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // What this process has blocked or ignores for its own loop is the child's to take.
    sigset_t none{};
    sigemptyset(&none);
    sigset_t defaults{};
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setflags(&attributes_, flags_);
}

SpawnPlan::~SpawnPlan()
{
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
}

void SpawnPlan::connect(int descriptor, int number)
{
    posix_spawn_file_actions_adddup2(&actions_, descriptor, number);
}

void SpawnPlan::open_null(int number, int flags)
{
    posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", flags, 0);
}

void SpawnPlan::close_from(int number)
{
    posix_spawn_file_actions_addclosefrom_np(&actions_, number);
}

void SpawnPlan::own_group()
{
    flags_ = static_cast<short>(flags_ | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, flags_);
}

int SpawnPlan::spawn(pid_t& pid, std::vector<std::string> words,
                     std::span<char* const> environment) const
{
    std::vector<char*> arguments;
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    return posix_spawnp(&pid, words.front().c_str(), &actions_, &attributes_, arguments.data(),
                        environment.data());
}

Child::Child(pid_t pid) : pid_{pid}
{
    // Without one (a kernel before 5.3) there is nothing to wait on with a time limit.
    pidfd_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
}

bool Child::wait(int milliseconds) noexcept
{
    if (ended_) {
        return true;
    }
    pollfd ended{pidfd_.get(), POLLIN, 0};
    if (pidfd_.is_open() && milliseconds >= 0) {
        int ready = 0;
        while ((ready = ::poll(&ended, 1, milliseconds)) < 0 && errno == EINTR) {
        }
        if (ready == 0) {
            return false;
        }
    }
    pid_t found = 0;
    while ((found = ::waitpid(pid_, &status_, 0)) < 0 && errno == EINTR) {
    }
    ended_ = found == pid_;
    return ended_;
}

void Child::signal(int number) const noexcept
{
    if (!ended_) {
        ::kill(pid_, number);
    }
}

}  // namespace duplid::ctl
