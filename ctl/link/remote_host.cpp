#include "ctl/link/remote_host.hpp"

#include "ctl/process/failure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace duplid::ctl {

namespace {

constexpr int farewell_milliseconds = 2000;
/// What a shell ends with when there is no such program, and ssh when it fails itself.
constexpr int no_such_program = 127;
constexpr int ssh_failed = 255;

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// Whether it could be meant for something else than a name: by ssh, or by whoever reads it.
bool is_odd(char c) noexcept
{
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
}

void check_part(std::string_view part, std::string_view text)
{
    if (part.empty() || part.starts_with('-') || std::ranges::any_of(part, is_odd)) {
        throw usage_failure("this is no host", std::string{text},
                            "--host wants [USER@]HOST or [USER@]HOST:PORT");
    }
}

/// In single quotes, as every shell reads them.
std::string quoted(std::string_view word)
{
    std::string result = "'";
    for (const char c : word) {
        result += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return result + "'";
}

}  // namespace

RemoteHost parse_remote_host(std::string_view text)
{
    const auto at = text.rfind('@');
    const auto user = at == std::string_view::npos ? std::string_view{} : text.substr(0, at);
    auto host = at == std::string_view::npos ? text : text.substr(at + 1);
    std::string_view port;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        const auto rest = end == std::string_view::npos ? "?" : host.substr(end + 1);
        port = rest.starts_with(':') ? rest.substr(1) : std::string_view{};
        host = rest.empty() || !port.empty() ? host.substr(1, end - 1) : std::string_view{};
    } else if (std::ranges::count(host, ':') == 1) {
        port = host.substr(host.find(':') + 1);
        host = host.substr(0, host.find(':'));
        check_part(port, text);
    }
    check_part(host, text);
    if (at != std::string_view::npos) {
        check_part(user, text);
    }
    if (!std::ranges::all_of(port, is_digit)) {
        throw usage_failure("the port of a host is a number", std::string{text});
    }
    return {.destination = user.empty() ? std::string{host} : fmt::format("{}@{}", user, host),
            .port = std::string{port}};
}

std::vector<std::string> ssh_words(const RemoteHost& host, const std::vector<std::string>& options)
{
    std::vector<std::string> words{"ssh", "-T"};
    if (!host.port.empty()) {
        words.emplace_back("-p");
        words.push_back(host.port);
    }
    words.emplace_back("--");
    words.push_back(host.destination);
    words.emplace_back("duplictl");
    words.emplace_back("proxy");
    for (const auto& option : options) {
        words.push_back(quoted(option));
    }
    return words;
}

RemoteLink::RemoteLink(const RemoteHost& host, const std::vector<std::string>& words)
    : destination_{host.destination}
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw system_failure(proto::ErrorKind::internal, "making a socket pair", {}, errno);
    }
    socket_ = Fd{ends[0]};
    const Fd theirs{ends[1]};
    SpawnPlan plan;
    plan.connect(theirs.get(), STDIN_FILENO);
    plan.connect(theirs.get(), STDOUT_FILENO);
    plan.close_from(STDERR_FILENO + 1);
    pid_t pid = -1;
    if (const int error = plan.spawn(pid, words, environment_without_secrets()); error != 0) {
        auto failure =
            system_failure(proto::ErrorKind::unreachable, "starting ssh", host.destination, error)
                .error();
        failure.hint = "--host needs the ssh program: apt install openssh-client";
        throw Failure{std::move(failure)};
    }
    child_.emplace(pid);
}

RemoteLink::~RemoteLink()
{
    socket_.close();
    if (!abandoned_ && !child_->wait(farewell_milliseconds)) {
        child_->signal(SIGTERM);
    }
}

std::optional<proto::RpcError> RemoteLink::why_gone()
{
    constexpr int a_second = 1000;
    if (!child_->wait(a_second)) {
        return proto::RpcError{proto::ErrorKind::unreachable,
                               "the daemon there closed the connection", destination_, ""};
    }
    return ending_of_link(destination_, child_->status());
}

proto::RpcError ending_of_link(const std::string& destination, int wait_status)
{
    using proto::ErrorKind;
    const auto failed = [&destination](ErrorKind kind, std::string cause, std::string hint) {
        return proto::RpcError{kind, std::move(cause), destination, std::move(hint)};
    };
    if (WIFSIGNALED(wait_status)) {
        return failed(ErrorKind::unreachable,
                      "the connection was lost: ssh was " + ending_in_words(wait_status),
                      "runs there go on; \"duplictl watch\" finds them again");
    }
    switch (WEXITSTATUS(wait_status)) {
    case no_such_program:
        return failed(ErrorKind::unreachable, "there is no duplictl on that host",
                      "install duplid there, in the PATH of logins that are not interactive");
    case ssh_failed:
        return failed(ErrorKind::unreachable, "ssh cannot reach the host, or has lost it",
                      "its own message stands above; runs there go on");
    case 0:
        return failed(ErrorKind::unreachable, "the daemon there closed the connection", "");
    case static_cast<int>(proto::ExitCode::denied):
        return failed(ErrorKind::denied, "the daemon there refuses this login",
                      "the message of that host stands above");
    default:
        return failed(ErrorKind::unreachable,
                      "duplictl on that host ended: " + ending_in_words(wait_status),
                      "the message of that host stands above");
    }
}

}  // namespace duplid::ctl
