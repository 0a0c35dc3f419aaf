// One child process: started, heard, waited for, ended.
#pragma once

#include "daemon/hooks/call.hpp"
#include "storage/io/fd.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace duplid::hooks {

/// As ChildRunner promises. One thread. Whoever destroys it before it was reaped kills its group.
class Process {
public:
    /// Where what it writes to standard output goes.
    enum class Output { with_errors, apart };

    /// `words` name a program by a path, or by a name that is looked for in this process's PATH.
    /// Throws: Error not_found, denied, and what posix_spawn(3) says.
    Process(std::vector<std::string> words, std::vector<std::string> environment, Output output);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    // Non-blocking, both.
    /// What it says: both its streams, or standard error alone.
    [[nodiscard]] int words() const noexcept { return words_.get(); }
    /// What it writes to standard output, if that is apart; else -1.
    [[nodiscard]] int content() const noexcept { return content_.get(); }
    /// Readable once it has ended; what it started may still run.
    [[nodiscard]] int end() const noexcept { return end_.get(); }
    /// After its end: whether its status is another than 0.
    [[nodiscard]] bool has_failed() const noexcept;
    /// To its whole group.
    void signal(int number) const noexcept;
    /// After its end, once: the exit status, or 128 + N for signal N.
    [[nodiscard]] int reap();

private:
    pid_t pid_ = -1;
    io::Fd words_;
    io::Fd content_;
    io::Fd end_;
};

}  // namespace duplid::hooks
