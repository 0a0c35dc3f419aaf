// Programs that do transfers for us: started without a shell, with an environment of their own.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/secret.hpp"
#include "storage/io/sink.hpp"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace duplid::command {

struct Command {
    /// The program first: a path, or a name that is looked for in `path`.
    std::vector<std::string> words;
    /// NAME=VALUE, all that the child sees (Variables::only()). Secrets do not belong here unless
    /// the program takes them in no other way.
    std::vector<std::string> environment{};
    /// PATH of whoever asked; empty: the usual directories.
    std::string path{};
    std::string working_directory{};  ///< empty: this process's own
    /// Input and output are sockets instead of pipes, for much that goes through: the kernel wakes
    /// who fills one when most of it is empty, and who fills a pipe whenever a page of it is.
    bool over_sockets = false;
    std::stop_token stop{};

    /// Wipes the environment.
    ~Command();
};

/// Where the program is that a command of this name starts: `name` itself where it holds a '/',
/// else in the absolute directories of `path`, else of the usual ones. Throws: Error not_found.
[[nodiscard]] std::string find_program(const std::string& name, std::string_view path);

/// Whether a failed write() to a child says that it reads no more.
[[nodiscard]] bool has_gone(int problem) noexcept;

/// Its three streams are pipes; it leads a process group of its own, so that nothing it started
/// stays behind. One thread at a time, unless said otherwise.
class Child {
public:
    /// Throws: Error not_found when there is no such program, denied, unreachable.
    explicit Child(const Command& command);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// Ends its group, if it has not ended: TERM, and KILL after a second.
    ~Child();

    /// Writes to its standard input, the output meanwhile waiting in its pipe. False once it takes
    /// no more. Throws: Error cancelled on a stop, unreachable when nothing moves for `patience`.
    bool write(io::ByteView bytes, std::chrono::milliseconds patience);
    void close_input() noexcept { input_ = {}; }
    /// Some of its standard output; 0 at the end. Throws: as write().
    [[nodiscard]] std::size_t read(io::ByteSpan into, std::chrono::milliseconds patience);
    /// The descriptors for whoever polls them himself, non-blocking; standard error is emptied by
    /// write(), read() and drain_errors() only.
    [[nodiscard]] const io::Fd& input() const noexcept { return input_; }
    [[nodiscard]] const io::Fd& output() const noexcept { return output_; }
    [[nodiscard]] const io::Fd& errors() const noexcept { return errors_; }
    void drain_errors();

    /// Waits until it has ended, its output thrown away. Its exit status; 128 + N for signal N.
    int wait(std::chrono::milliseconds patience);
    /// The end of what it wrote to standard error.
    [[nodiscard]] const std::string& error_text() const noexcept { return error_text_; }
    /// Ends it now.
    void kill() noexcept;

private:
    void require_no_stop() const;
    void wait_for(const io::Fd* to_write, const io::Fd* to_read,
                  std::chrono::milliseconds patience);

    std::string name_;
    std::stop_token stop_;
    io::Fd stop_event_;
    pid_t pid_ = -1;
    std::optional<int> status_;
    io::Fd input_;
    io::Fd output_;
    io::Fd errors_;
    std::string error_text_;
};

/// What a program that was run to its end has left.
struct Finished {
    int status = 0;
    std::string output;
    std::string errors;  ///< the end of it
};

/// Runs a program to its end. `input` is given to it first, and may be a secret. What it writes to
/// standard output goes to `into`, or into Finished::output, of which more than 64 MiB is Error
/// unreachable. Throws: Error unreachable when it writes nothing for `patience` and does not end.
[[nodiscard]] Finished run(const Command& command, std::chrono::milliseconds patience,
                           std::string_view input = {}, io::Sink* into = nullptr);

/// Words of one line, as a shell would part them: blanks, quotes and backslashes, nothing else has
/// a meaning. Throws: Error invalid for a quote that is not closed.
[[nodiscard]] std::vector<std::string> split_words(std::string_view line);

}  // namespace duplid::command
