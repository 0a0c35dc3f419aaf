// A gpg of our own for bulk data. Used inside this folder only.
//
// gpgme copies each byte twice more and formats a dump of every buffer even when nobody debugs:
// 3 ns a byte, as much as gpg's own work (performance.md 3). It also starts gpg only with the first
// operation, whereas a gpg that is started early derives its key from the passphrase meanwhile.
#pragma once

#include "engine/codec/gpg_status.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/secret.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <array>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace duplid::codec {

/// Descriptors of the child, for the command line.
inline constexpr std::string_view gpg_status_fd = "3";
inline constexpr std::string_view gpg_passphrase_fd = "4";

struct GpgCommand {
    std::string program;                 ///< with its path
    std::vector<std::string> arguments;  ///< without the program's name
    /// Can be read from gpg_passphrase_fd, as one line; not set: that descriptor is closed.
    io::Secret passphrase;
    std::stop_token stop;
};

/// One child that reads standard input and writes standard output. One thread at a time.
///
/// That thread feeds and empties all pipes in turn, so nobody waits for each other; while it waits
/// for input of ours, gpg's output waits in its pipe.
class GpgProcess {
public:
    /// Starts it. Throws: Error not_found, denied, unreachable.
    explicit GpgProcess(const GpgCommand& command);
    /// The same with a file as its standard input, which it reads by itself, from where `file` is.
    GpgProcess(const GpgCommand& command, const io::Fd& file);
    GpgProcess(const GpgProcess&) = delete;
    GpgProcess& operator=(const GpgProcess&) = delete;
    /// Ends it, if it has not ended.
    ~GpgProcess();

    /// Gives it all of `input`, then finish(). Stops reading `input` once gpg has stopped.
    /// Throws: Error cancelled on a request to stop; whatever `input` and `output` throw, at once.
    void run(io::Source& input, io::Sink& output);

    /// Gives it `bytes`, while its output goes to `output`. False once gpg takes no more.
    bool write(io::ByteView bytes, io::Sink& output);

    /// Waits for output and gives some of it, which no sink gets then; 0 once there is no more.
    /// Throws: Error cancelled on a request to stop.
    std::size_t read(io::ByteSpan into);

    /// No more input: takes the rest of the output, and waits until gpg has ended.
    void finish(io::Sink& output);

    [[nodiscard]] const GpgSaid& said() const noexcept { return status_.said(); }
    /// After finish(): ended by itself, and with 0.
    [[nodiscard]] bool has_succeeded() const noexcept { return exit_status_ == 0; }
    /// After finish(): ended by a signal.
    [[nodiscard]] bool was_killed() const noexcept;
    /// The last line it wrote to standard error, for people.
    [[nodiscard]] std::string last_words() const;
    /// The end of what it wrote there.
    [[nodiscard]] const std::string& log() const noexcept { return log_tail_; }

private:
    /// What can be done with pipes of data.
    struct Ready {
        bool input;
        bool output;
    };

    /// `file` is -1 for a pipe of ours.
    GpgProcess(const GpgCommand& command, int file);
    void start(const GpgCommand& command, const std::array<int, 5>& child_ends);
    [[nodiscard]] Ready wait_for_pipes(bool has_input);
    void turn(io::ByteView& input, io::Sink& output);
    void take_output(io::Sink& output);
    void take_status();
    void take_log();
    void wait();
    // NOLINTNEXTLINE(readability-make-member-function-const): the process is a part of this
    void end() noexcept;

    pid_t child_ = -1;
    int exit_status_ = -1;
    io::Fd input_;
    io::Fd output_;
    io::Fd log_;
    io::Fd status_fd_;
    io::Fd stop_fd_;
    std::stop_token stop_;
    StatusReader status_;
    std::string log_tail_;
    io::Bytes buffer_;
};

}  // namespace duplid::codec
