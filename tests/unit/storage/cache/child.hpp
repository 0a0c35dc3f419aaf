// Child processes of the tests in this folder.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace duplid::support {

/// A child with a pipe to its standard input and one from its standard output. Killed and waited
/// for by the destructor.
class Child {
public:
    /// Runs `body` in a fork of this process; 1 is its exit status if it throws.
    template <typename Body>
    explicit Child(Body body)
    {
        std::array<int, 2> in{};
        std::array<int, 2> out{};
        if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
            throw system_error(errno, "making a pipe", "");
        }
        process_ = ::fork();
        if (process_ == 0) {
            ::dup2(in[0], STDIN_FILENO);
            ::dup2(out[1], STDOUT_FILENO);
            ::close(in[1]);  // or it would never see the end of its input
            int status = 1;
            try {
                status = body();
            } catch (...) {
            }
            ::_exit(status);
        }
        ::close(in[0]);
        ::close(out[1]);
        to_child_ = io::Fd{in[1]};
        from_child_ = io::Fd{out[0]};
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { kill(); }

    /// A line that the child printed, without its newline; empty at the end.
    std::string read_line()
    {
        std::string line;
        std::byte byte{};
        while (io::read_full(from_child_.get(), {&byte, 1}, "child") == 1 &&
               byte != std::byte{'\n'}) {
            line += static_cast<char>(byte);
        }
        return line;
    }

    /// Ends its standard input and waits; its exit status, or -1 when it was killed.
    int finish()
    {
        to_child_.reset();
        return wait();
    }

    /// SIGKILL, and waits.
    void kill()
    {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            wait();
        }
    }

private:
    int wait()
    {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    pid_t process_ = -1;
    io::Fd to_child_;
    io::Fd from_child_;
};

/// What a forked child says with Child::read_line() at the other end.
inline void say(const std::string& line)
{
    io::write_full(STDOUT_FILENO, io::view_of(line + '\n'), "standard output");
}

/// Becomes python3 with a script and its arguments; for the body of a Child.
inline int run_python(const std::string& script, const std::vector<std::string>& arguments)
{
    std::vector<std::string> words{"python3", "-c", script};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::execvp("python3", argv.data());
    return 127;
}

}  // namespace duplid::support
