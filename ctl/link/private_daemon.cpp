#include "ctl/link/private_daemon.hpp"

#include "ctl/process/failure.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace duplid::ctl {

namespace {

constexpr const char* daemon_name = "duplid";
/// Where `duplid --private` finds its end of the socket pair.
constexpr int control_fd = 3;
constexpr int farewell_milliseconds = 10'000;

}  // namespace

std::string daemon_program()
{
    std::error_code error;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) {
        const auto folder = own.parent_path();
        for (const auto& candidate :
             {folder / daemon_name, folder.parent_path() / "daemon" / daemon_name}) {
            if (std::filesystem::is_regular_file(candidate, error) &&
                ::access(candidate.c_str(), X_OK) == 0) {
                return candidate.string();
            }
        }
    }
    return daemon_name;
}

PrivateDaemon::PrivateDaemon(const std::string& program, Streams streams)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw system_failure(proto::ErrorKind::internal, "making a socket pair", {}, errno);
    }
    socket_ = Fd{ends[0]};
    const Fd theirs{ends[1]};
    SpawnPlan plan;
    // Warnings of the libraries go where the client's do.
    if (streams == Streams::none) {
        plan.open_null(STDIN_FILENO, O_RDONLY);
        plan.open_null(STDOUT_FILENO, O_WRONLY);
    }
    plan.connect(theirs.get(), control_fd);
    plan.close_from(control_fd + 1);
    // Ctrl-C reaches the client alone, which then stops the run in good order.
    plan.own_group();
    std::vector<std::string> words{program, "--private"};
    if (streams == Streams::lent) {
        words.emplace_back("--lent-streams");
    }
    pid_t pid = -1;
    if (const int error = plan.spawn(pid, std::move(words), environment_without_secrets());
        error != 0) {
        auto failure = system_failure(proto::ErrorKind::unreachable, "starting a private daemon",
                                      program, error)
                           .error();
        failure.hint = "duplid is looked for beside duplictl and in PATH";
        throw Failure{std::move(failure)};
    }
    child_.emplace(pid);
}

PrivateDaemon::~PrivateDaemon()
{
    socket_.close();
    if (!abandoned_ && !child_->wait(farewell_milliseconds)) {
        child_->signal(SIGTERM);
    }
}

std::optional<std::string> PrivateDaemon::ending()
{
    constexpr int a_second = 1000;
    if (!child_->wait(a_second)) {
        return std::nullopt;
    }
    return ending_in_words(child_->status());
}

std::optional<proto::RpcError> PrivateDaemon::why_gone()
{
    const auto words = ending();
    if (!words) {
        return std::nullopt;
    }
    return proto::RpcError{proto::ErrorKind::internal, "the daemon ended unexpectedly: " + *words,
                           "", ""};
}

}  // namespace duplid::ctl
