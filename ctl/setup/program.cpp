#include "ctl/setup/program.hpp"

#include "ctl/process/child.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::setup {

namespace {

constexpr std::size_t text_bytes_max = 1 << 20;

std::string read_all(int descriptor)
{
    std::string text;
    std::array<char, 4096> buffer{};
    while (true) {
        const auto count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return text;
        }
        // The rest is read, too, so that the program can end.
        const auto room = text_bytes_max - text.size();
        text.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
    }
}

int shell_status(int wait_status)
{
    constexpr int by_signal = 128;
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : by_signal + WTERMSIG(wait_status);
}

}  // namespace

std::optional<Ended> run_program(const std::vector<std::string>& words, bool complains)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw ctl::system_failure(proto::ErrorKind::internal, "making a pipe", {}, errno);
    }
    const ctl::Fd ours{ends[0]};
    ctl::Fd theirs{ends[1]};
    ctl::SpawnPlan plan;
    plan.open_null(STDIN_FILENO, O_RDONLY);
    plan.connect(theirs.get(), STDOUT_FILENO);
    if (!complains) {
        plan.open_null(STDERR_FILENO, O_WRONLY);
    }
    pid_t pid = -1;
    const int error = plan.spawn(pid, words, ctl::environment_without_secrets());
    theirs.close();
    if (error == ENOENT) {
        return std::nullopt;
    }
    if (error != 0) {
        throw ctl::system_failure(proto::ErrorKind::internal, "starting a program", words.front(),
                                  error);
    }
    ctl::Child child{pid};
    Ended ended;
    ended.text = read_all(ours.get());
    child.wait(-1);
    ended.status = shell_status(child.status());
    return ended;
}

}  // namespace duplid::setup
