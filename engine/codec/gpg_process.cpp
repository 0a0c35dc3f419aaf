#include "engine/codec/gpg_process.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::codec {

namespace {

/// Of the pipes, and what is moved at a time: more gains nothing (performance.md 3).
constexpr int pipe_bytes = 256 << 10;
constexpr std::size_t step_bytes = std::size_t{128} << 10U;
/// A new pipe takes this much at once, so that nobody has to read yet.
constexpr std::size_t passphrase_bytes_max = 4000;
constexpr std::size_t log_tail_bytes_max = 2048;
/// Our ends lie above those that the child gets, so that none is overwritten before it is copied.
constexpr int fd_min = 10;
/// How long a gpg that was told to end may take before it is killed.
constexpr int patience_steps_max = 200;
constexpr long patience_step_ns = 5'000'000;

struct Pipe {
    io::Fd read;
    io::Fd write;
};

io::Fd raised(int fd)
{
    const io::Fd low{fd};
    io::Fd high{::fcntl(fd, F_DUPFD_CLOEXEC, fd_min)};
    if (!high) {
        throw system_error(errno, "making a pipe for gpg", "");
    }
    return high;
}

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw system_error(errno, "making a pipe for gpg", "");
    }
    io::Fd write_end{ends[1]};
    Pipe pipe{raised(ends[0]), {}};
    pipe.write = raised(write_end.release());
    return pipe;
}

void make_nonblocking(const io::Fd& fd)
{
    if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
        throw system_error(errno, "preparing a pipe for gpg", "");
    }
}

/// A program that ended shows in write(2) failing, not in a signal that ends us, too.
void ignore_broken_pipes()
{
    static const bool done = [] {
        struct sigaction now {};
        if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
            now.sa_handler = SIG_IGN;
            ::sigaction(SIGPIPE, &now, nullptr);
        }
        return true;
    }();
    (void)done;
}

/// The end from which the child reads the passphrase; none without one.
io::Fd passphrase_end(const io::Secret& secret)
{
    if (!secret.is_set()) {
        return {};
    }
    const auto line = secret.reveal().substr(0, secret.reveal().find('\n'));
    if (line.size() > passphrase_bytes_max) {
        throw Error{Error::Kind::invalid, "the passphrase is too long for gpg"};
    }
    auto pipe = make_pipe();
    io::write_full(pipe.write.get(), io::view_of(line), "gpg's passphrase");
    io::write_full(pipe.write.get(), io::view_of("\n"), "gpg's passphrase");
    return std::move(pipe.read);
}

class SpawnActions {
public:
    SpawnActions()
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    ~SpawnActions()
    {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }

    /// The child has these as 0, 1, ..., a negative one closed, and no other.
    void give(const std::array<int, 5>& fds)
    {
        int number = 0;
        for (const int fd : fds) {
            if (fd >= 0) {
                ::posix_spawn_file_actions_adddup2(&actions_, fd, number);
            }
            ++number;
        }
        // gpgme's pipes are not all close-on-exec; a stray write end would delay somebody's end.
        ::posix_spawn_file_actions_addclosefrom_np(&actions_,
                                                   fds.back() >= 0 ? number : number - 1);
    }

    /// Signals as a program expects them, whatever this thread does with them.
    void reset_signals()
    {
        sigset_t none;
        sigemptyset(&none);
        sigset_t broken_pipe;
        sigemptyset(&broken_pipe);
        sigaddset(&broken_pipe, SIGPIPE);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &broken_pipe);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }

    [[nodiscard]] const posix_spawn_file_actions_t* actions() const noexcept { return &actions_; }
    [[nodiscard]] const posix_spawnattr_t* attributes() const noexcept { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Bytes read without waiting; 0 at the end; nothing when none are there yet.
std::optional<std::size_t> read_some(const io::Fd& fd, io::ByteSpan into)
{
    for (;;) {
        const auto got = ::read(fd.get(), into.data(), into.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno == EAGAIN) {
            return std::nullopt;
        }
        if (errno != EINTR) {
            throw system_error(errno, "reading from gpg", "");
        }
    }
}

}  // namespace

GpgProcess::GpgProcess(const GpgCommand& command) : GpgProcess{command, -1} {}

GpgProcess::GpgProcess(const GpgCommand& command, const io::Fd& file)
    : GpgProcess{command, file.get()}
{
}

GpgProcess::GpgProcess(const GpgCommand& command, int file) : stop_{command.stop}
{
    ignore_broken_pipes();
    auto input = file < 0 ? make_pipe() : Pipe{};
    auto output = make_pipe();
    auto log = make_pipe();
    auto status = make_pipe();
    const auto passphrase = passphrase_end(command.passphrase);
    // Smaller pipes would do as well, so it does not matter if the system refuses.
    if (input.write) {
        ::fcntl(input.write.get(), F_SETPIPE_SZ, pipe_bytes);
        make_nonblocking(input.write);
    }
    ::fcntl(output.write.get(), F_SETPIPE_SZ, pipe_bytes);
    for (const auto* ours : {&output.read, &log.read, &status.read}) {
        make_nonblocking(*ours);
    }
    if (stop_.stop_possible()) {
        stop_fd_ = io::Fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        if (!stop_fd_) {
            throw system_error(errno, "preparing gpg", "");
        }
    }
    start(command, {file < 0 ? input.read.get() : file, output.write.get(), log.write.get(),
                    status.write.get(), passphrase.get()});
    input_ = std::move(input.write);
    output_ = std::move(output.read);
    log_ = std::move(log.read);
    status_fd_ = std::move(status.read);
}

void GpgProcess::start(const GpgCommand& command, const std::array<int, 5>& child_ends)
{
    SpawnActions spawn;
    spawn.give(child_ends);
    spawn.reset_signals();

    // posix_spawn() takes char* const[] but changes nothing.
    std::vector<char*> arguments{const_cast<char*>(command.program.c_str())};
    for (const auto& argument : command.arguments) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    const int failed = ::posix_spawn(&child_, command.program.c_str(), spawn.actions(),
                                     spawn.attributes(), arguments.data(), environ);
    if (failed != 0) {
        child_ = -1;
        throw system_error(failed, "starting", command.program);
    }
}

GpgProcess::~GpgProcess()
{
    end();
}

void GpgProcess::end() noexcept
{
    if (child_ < 0) {
        return;
    }
    // Asked nicely first, because it may hold locks on key rings, which it removes.
    ::kill(child_, SIGTERM);
    int status = 0;
    for (int i = 0; i < patience_steps_max; ++i) {
        if (::waitpid(child_, &status, WNOHANG) != 0) {
            return;
        }
        const timespec step{0, patience_step_ns};
        ::nanosleep(&step, nullptr);
    }
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
}

void GpgProcess::take_output(io::Sink& output)
{
    buffer_.resize(step_bytes);
    if (const auto got = read_some(output_, buffer_)) {
        if (*got == 0) {
            output_.reset();
        } else {
            output.write(io::ByteView{buffer_}.first(*got));
        }
    }
}

void GpgProcess::take_status()
{
    std::array<std::byte, 4096> bytes{};
    if (const auto got = read_some(status_fd_, bytes)) {
        if (*got == 0) {
            status_fd_.reset();
        } else {
            status_.add(io::ByteView{bytes}.first(*got));
        }
    }
}

void GpgProcess::take_log()
{
    std::array<std::byte, 4096> bytes{};
    if (const auto got = read_some(log_, bytes)) {
        if (*got == 0) {
            log_.reset();
            return;
        }
        log_tail_ += io::text_of(io::ByteView{bytes}.first(*got));
        if (log_tail_.size() > log_tail_bytes_max) {
            log_tail_.erase(0, log_tail_.size() - log_tail_bytes_max);
        }
    }
}

// Waits until something can be done with any of the pipes, and takes what gpg says.
GpgProcess::Ready GpgProcess::wait_for_pipes(bool has_input)
{
    // poll(2) leaves out negative ones.
    const int input_fd = has_input ? input_.get() : -1;
    std::array<pollfd, 5> fds{pollfd{input_fd, POLLOUT, 0}, pollfd{output_.get(), POLLIN, 0},
                              pollfd{status_fd_.get(), POLLIN, 0}, pollfd{log_.get(), POLLIN, 0},
                              pollfd{stop_fd_.get(), POLLIN, 0}};
    {
        const std::stop_callback wake{stop_, [fd = stop_fd_.get()] { ::eventfd_write(fd, 1); }};
        if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) {
            throw system_error(errno, "waiting for gpg", "");
        }
    }
    if (fds[4].revents != 0) {
        throw Error{Error::Kind::cancelled, "stopped on request"};
    }
    if (fds[2].revents != 0) {
        take_status();
    }
    if (fds[3].revents != 0) {
        take_log();
    }
    return {fds[0].revents != 0, fds[1].revents != 0};
}

void GpgProcess::turn(io::ByteView& input, io::Sink& output)
{
    const auto ready = wait_for_pipes(!input.empty());
    if (ready.output) {
        take_output(output);
    }
    if (ready.input) {
        const auto put = ::write(input_.get(), input.data(), input.size());
        if (put >= 0) {
            input = input.subspan(static_cast<std::size_t>(put));
        } else if (errno != EAGAIN && errno != EINTR) {
            input_.reset();  // gpg reads no more; its status says why
        }
    }
}

bool GpgProcess::write(io::ByteView bytes, io::Sink& output)
{
    while (!bytes.empty() && input_) {
        turn(bytes, output);
    }
    return static_cast<bool>(input_);
}

std::size_t GpgProcess::read(io::ByteSpan into)
{
    while (output_) {
        const auto got = read_some(output_, into);
        if (got && *got > 0) {
            return *got;
        }
        if (got) {
            output_.reset();
        } else {
            (void)wait_for_pipes(false);
        }
    }
    return 0;
}

void GpgProcess::finish(io::Sink& output)
{
    input_.reset();
    io::ByteView nothing;
    while (output_ || status_fd_) {
        turn(nothing, output);
    }
    wait();
    // Without waiting for its end: an agent that gpg has started may have inherited it.
    if (log_) {
        take_log();
    }
}

void GpgProcess::wait()
{
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0) {
        if (errno != EINTR) {
            child_ = -1;
            throw system_error(errno, "waiting for gpg's end", "");
        }
    }
    child_ = -1;
    exit_status_ = status;
}

bool GpgProcess::was_killed() const noexcept
{
    return exit_status_ >= 0 && WIFSIGNALED(exit_status_);
}

void GpgProcess::run(io::Source& input, io::Sink& output)
{
    io::Bytes step(step_bytes);
    for (std::size_t got = 0; (got = input.read(step)) > 0;) {
        if (!write(io::ByteView{step}.first(got), output)) {
            break;
        }
    }
    finish(output);
}

std::string GpgProcess::last_words() const
{
    auto end = log_tail_.find_last_not_of("\n ");
    if (end == std::string::npos) {
        return {};
    }
    const auto begin = log_tail_.rfind('\n', end);
    auto line = log_tail_.substr(begin + 1, end - begin);
    constexpr std::string_view prefix = "gpg: ";
    return line.starts_with(prefix) ? line.substr(prefix.size()) : line;
}

}  // namespace duplid::codec
