#include "ctl/process/terminal.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/fd.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <termios.h>
#include <utility>

namespace duplid::ctl {

namespace {

constexpr std::size_t secret_bytes_max = 4096;
constexpr const char* terminal_path = "/dev/tty";

Fd open_terminal() noexcept
{
    return Fd{::open(terminal_path, O_RDWR | O_CLOEXEC | O_NOCTTY)};
}

/// Echo is off while this lives.
class Silence {
public:
    explicit Silence(int terminal) : terminal_{terminal}
    {
        if (::tcgetattr(terminal_, &before_) != 0) {
            throw system_failure(proto::ErrorKind::internal, "reading the terminal's settings",
                                 terminal_path, errno);
        }
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= static_cast<tcflag_t>(ECHONL);
        if (::tcsetattr(terminal_, TCSAFLUSH, &silent) != 0) {
            throw system_failure(proto::ErrorKind::internal, "switching off the terminal's echo",
                                 terminal_path, errno);
        }
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() { ::tcsetattr(terminal_, TCSAFLUSH, &before_); }

private:
    int terminal_;
    termios before_{};
};

/// One line without its end; nothing at the end of the input. The terminal gives whole lines.
std::optional<proto::WipedBuffer> read_line(int terminal, Interrupts& interrupts)
{
    proto::WipedBuffer line(secret_bytes_max);
    std::size_t used = 0;
    while (used < line.size()) {
        wait_for_input(terminal, interrupts);
        const auto count = ::read(terminal, line.data() + used, line.size() - used);
        if (count < 0 && errno != EINTR) {
            throw system_failure(proto::ErrorKind::internal, "reading from the terminal",
                                 terminal_path, errno);
        }
        if (count == 0 && used == 0) {
            return std::nullopt;
        }
        used += count > 0 ? static_cast<std::size_t>(count) : 0;
        if (count == 0 || (used > 0 && line[used - 1] == '\n')) {
            line.resize(used - (count == 0 ? 0 : 1));
            return line;
        }
    }
    throw usage_failure("the answer is too long");
}

void write_to(int terminal, std::string_view text)
{
    while (!text.empty()) {
        const auto count = ::write(terminal, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            throw system_failure(proto::ErrorKind::internal, "writing to the terminal",
                                 terminal_path, errno);
        }
        text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

}  // namespace

bool has_terminal() noexcept
{
    return open_terminal().is_open();
}

proto::SecretText ask_secret(std::string_view prompt, Interrupts& interrupts)
{
    const auto terminal = open_terminal();
    if (!terminal.is_open()) {
        throw system_failure(proto::ErrorKind::wrong_secret, "asking for a passphrase",
                             terminal_path, errno);
    }
    const Silence silence{terminal.get()};
    if (::write(terminal.get(), prompt.data(), prompt.size()) < 0) {
        throw system_failure(proto::ErrorKind::wrong_secret, "asking for a passphrase",
                             terminal_path, errno);
    }
    auto line = read_line(terminal.get(), interrupts);
    if (!line) {
        throw Failure{{.kind = proto::ErrorKind::wrong_secret,
                       .cause = "no passphrase was entered",
                       .object = {},
                       .hint = {}}};
    }
    return proto::SecretText{std::move(*line)};
}

std::string ask_line(std::string_view prompt, Interrupts& interrupts)
{
    const auto terminal = open_terminal();
    if (!terminal.is_open()) {
        throw usage_failure("there is no terminal to ask on", std::string{prompt});
    }
    write_to(terminal.get(), prompt);
    const auto line = read_line(terminal.get(), interrupts);
    if (!line) {
        write_to(terminal.get(), "\n");
        throw Failure{{.kind = proto::ErrorKind::cancelled,
                       .cause = "there was no answer",
                       .object = {},
                       .hint = {}}};
    }
    const auto text = proto::text_of(*line);
    constexpr std::string_view blanks = " \t\r";
    const auto begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos
               ? std::string{}
               : std::string{text.substr(begin, text.find_last_not_of(blanks) + 1 - begin)};
}

void show_on_terminal(std::string_view text)
{
    const auto terminal = open_terminal();
    if (!terminal.is_open()) {
        throw usage_failure("there is no terminal to show it on");
    }
    write_to(terminal.get(), text);
}

void wait_for_input(int descriptor, Interrupts& interrupts)
{
    std::array<pollfd, 2> waits{{{descriptor, POLLIN, 0}, {interrupts.fd(), POLLIN, 0}}};
    while (true) {
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            throw system_failure(proto::ErrorKind::internal, "waiting for input", {}, errno);
        }
        if (const auto signal = interrupts.take()) {
            throw Interrupted{*signal};
        }
        if (waits[0].revents != 0) {
            return;
        }
    }
}

}  // namespace duplid::ctl
