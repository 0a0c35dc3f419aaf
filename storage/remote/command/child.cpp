#include "storage/remote/command/child.hpp"

#include "storage/io/wiped_text.hpp"
#include "storage/remote/command/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace duplid::command {

namespace {

constexpr std::size_t error_text_max = std::size_t{16} << 10U;
constexpr std::size_t output_max = std::size_t{64} << 20U;
constexpr std::string_view usual_path =
    "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
constexpr int patience_steps_max = 200;
constexpr long patience_step_ns = 5'000'000;

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

void pause_a_step()
{
    const timespec step{0, patience_step_ns};
    ::nanosleep(&step, nullptr);
}

}  // namespace

Command::~Command()
{
    std::ranges::for_each(environment, io::wipe_text);
}

std::string find_program(const std::string& name, std::string_view path)
{
    if (name.find('/') != std::string::npos) {
        return name;
    }
    auto rest = path.empty() ? usual_path : path;
    while (!rest.empty()) {
        const auto directory = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
        auto candidate = fmt::format("{}/{}", directory, name);
        if (directory.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
    }
    throw Error{Error::Kind::not_found, fmt::format("there is no program \"{}\"", name), name,
                "install it, or look at PATH"}
        .with_detail("missing_program");
}

// A socket whose reader left something unread says it in another way than a pipe.
bool has_gone(int problem) noexcept
{
    return problem == EPIPE || problem == ECONNRESET;
}

Child::Child(const Command& command) : name_{command.words.front()}, stop_{command.stop}
{
    ignore_broken_pipes();
    const auto program = find_program(command.words.front(), command.path);
    auto input = command.over_sockets ? make_socket_pipe() : make_pipe();
    auto output = command.over_sockets ? make_socket_pipe() : make_pipe();
    auto errors = make_pipe();
    for (const auto* ours : {&input.write, &output.read, &errors.read}) {
        make_nonblocking(*ours);
    }
    stop_event_ = io::Fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!stop_event_) {
        throw system_error(errno, "preparing " + name_, name_);
    }
    pid_ = spawn({.program = program,
                  .words = command.words,
                  .environment = command.environment,
                  .working_directory = command.working_directory,
                  .streams = {input.read.get(), output.write.get(), errors.write.get()}});
    input_ = std::move(input.write);
    output_ = std::move(output.read);
    errors_ = std::move(errors.read);
}

Child::~Child()
{
    kill();
}

void Child::kill() noexcept
{
    input_ = {};
    if (pid_ < 0 || status_) {
        return;
    }
    ::kill(-pid_, SIGTERM);
    int status = 0;
    for (int step = 0; step < patience_steps_max; ++step) {
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            status_ = status;
            ::kill(-pid_, SIGKILL);
            return;
        }
        pause_a_step();
    }
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
}

void Child::drain_errors()
{
    std::array<char, 4096> buffer{};
    while (errors_) {
        const auto got = ::read(errors_.get(), buffer.data(), buffer.size());
        if (got < 0) {
            return;
        }
        if (got == 0) {
            errors_ = {};
            return;
        }
        error_text_.append(buffer.data(), static_cast<std::size_t>(got));
        if (error_text_.size() > error_text_max) {
            error_text_.erase(0, error_text_.size() - error_text_max);
        }
    }
}

// Also before each piece: a program that says much never makes us wait.
void Child::require_no_stop() const
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "stopped on request", name_};
    }
}

void Child::wait_for(const io::Fd* to_write, const io::Fd* to_read,
                     std::chrono::milliseconds patience)
{
    const std::stop_callback waker{stop_, [this] { ::eventfd_write(stop_event_.get(), 1); }};
    const auto fd_of = [](const io::Fd* fd) { return fd != nullptr ? fd->get() : -1; };
    const auto step = std::chrono::milliseconds{1000};
    auto left = patience;
    for (;;) {
        std::array<pollfd, 4> fds{{{fd_of(to_write), POLLOUT, 0},
                                   {fd_of(to_read), POLLIN, 0},
                                   {errors_.get(), POLLIN, 0},
                                   {stop_event_.get(), POLLIN, 0}}};
        // In steps, so that the time during which this process was stopped by a signal counts as
        // one.
        const auto wait = std::min(left, step);
        const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(wait.count()));
        require_no_stop();
        if (ready < 0 && errno != EINTR) {
            throw system_error(errno, "waiting for " + name_, name_);
        }
        if (fds[2].revents != 0) {
            drain_errors();
        }
        if (ready > 0 && (fds[0].revents != 0 || fds[1].revents != 0)) {
            return;
        }
        if (ready == 0) {
            left -= wait;
            if (left.count() <= 0) {
                throw Error{
                    Error::Kind::unreachable,
                    fmt::format("{}: nothing moved for {} s", name_, patience.count() / 1000),
                    name_, "--timeout says how long to wait"};
            }
        }
    }
}

bool Child::write(io::ByteView bytes, std::chrono::milliseconds patience)
{
    while (!bytes.empty()) {
        require_no_stop();
        const auto done = ::write(input_.get(), bytes.data(), bytes.size());
        if (done > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(done));
        } else if (has_gone(errno)) {
            return false;
        } else if (errno == EAGAIN) {
            wait_for(&input_, nullptr, patience);
        } else if (errno != EINTR) {
            throw system_error(errno, "writing to " + name_, name_);
        }
    }
    return true;
}

std::size_t Child::read(io::ByteSpan into, std::chrono::milliseconds patience)
{
    for (;;) {
        require_no_stop();
        const auto got = ::read(output_.get(), into.data(), into.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno == EAGAIN) {
            wait_for(nullptr, &output_, patience);
        } else if (errno != EINTR) {
            throw system_error(errno, "reading from " + name_, name_);
        }
    }
}

int Child::wait(std::chrono::milliseconds patience)
{
    input_ = {};
    io::Bytes buffer(std::size_t{64} << 10U);
    while (output_ && read(buffer, patience) > 0) {
    }
    output_ = {};
    auto left = patience;
    int status = 0;
    while (!status_) {
        drain_errors();
        const auto ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) {
            status_ = status;
        } else {
            require_no_stop();
            pause_a_step();
            left -= std::chrono::milliseconds{patience_step_ns / 1'000'000};
            if (left.count() <= 0) {
                throw Error{Error::Kind::unreachable, name_ + " does not end", name_};
            }
        }
    }
    drain_errors();
    return WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
}

namespace {

/// What a program prints may be a secret, and reading it may end by an exception.
struct WipedBuffer {
    explicit WipedBuffer(std::size_t size) : bytes(size) {}
    WipedBuffer(const WipedBuffer&) = delete;
    WipedBuffer& operator=(const WipedBuffer&) = delete;
    ~WipedBuffer() { io::wipe(bytes.data(), bytes.size()); }

    io::Bytes bytes;
};

}  // namespace

Finished run(const Command& command, std::chrono::milliseconds patience, std::string_view input,
             io::Sink* into)
{
    Child child{command};
    child.write(io::view_of(input), patience);
    child.close_input();
    Finished finished;
    WipedBuffer whole{std::size_t{128} << 10U};
    auto& buffer = whole.bytes;
    while (const auto got = child.read(buffer, patience)) {
        const auto bytes = io::ByteView{buffer}.first(got);
        if (into != nullptr) {
            into->write(bytes);
            continue;
        }
        if (finished.output.size() + got > output_max) {
            throw Error{Error::Kind::unreachable, command.words.front() + " says too much",
                        command.words.front()};
        }
        finished.output += io::text_of(bytes);
    }
    finished.status = child.wait(patience);
    finished.errors = child.error_text();
    return finished;
}

std::vector<std::string> split_words(std::string_view line)
{
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (c == '\\' && quote != '\'' && at + 1 < line.size()) {
            word += line[++at];
            in_word = true;
        } else if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
            } else {
                word += c;
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
        } else if (c == ' ' || c == '\t' || c == '\n') {
            if (in_word) {
                words.push_back(std::exchange(word, {}));
                in_word = false;
            }
        } else {
            word += c;
            in_word = true;
        }
    }
    if (quote != '\0') {
        throw Error{Error::Kind::invalid, "a quote is not closed", std::string{line}};
    }
    if (in_word) {
        words.push_back(std::move(word));
    }
    return words;
}

}  // namespace duplid::command
