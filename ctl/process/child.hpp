// Other programs that duplictl starts: a private daemon, ssh, a pager.
#pragma once

#include "ctl/process/fd.hpp"

#include <span>
#include <spawn.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace duplid::ctl {

/// This process's environment but for variables that hold secrets, as exec wants it: pointers into
/// `environ`, and a null.
[[nodiscard]] std::vector<char*> environment_without_secrets();

/// "exit status 1", "killed by signal 9 (Killed)", for what waitpid() tells.
[[nodiscard]] std::string ending_in_words(int wait_status);

/// posix_spawn's two C structures. Signals are as a fresh process has them.
class SpawnPlan {
public:
    SpawnPlan();
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan();

    /// `descriptor` of ours becomes the child's `number`.
    void connect(int descriptor, int number);
    void open_null(int number, int flags);
    void close_from(int number);
    /// A process group of its own: Ctrl-C reaches us alone.
    void own_group();

    /// Looks for `words.front()` in PATH. Returns an errno, or 0 and sets `pid`.
    [[nodiscard]] int spawn(pid_t& pid, std::vector<std::string> words,
                            std::span<char* const> environment) const;

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
    short flags_;
};

/// A process that was started. Its end is to be waited for by wait(); nothing is done to it.
class Child {
public:
    explicit Child(pid_t pid);

    /// Whether it has ended within `milliseconds`; less than 0: however long it takes.
    bool wait(int milliseconds) noexcept;
    void signal(int number) const noexcept;
    /// What waitpid() told, once it has ended.
    [[nodiscard]] int status() const noexcept { return status_; }

private:
    pid_t pid_;
    Fd pidfd_;
    bool ended_ = false;
    int status_ = 0;
};

}  // namespace duplid::ctl
