#include "ctl/secrets/key_ring.hpp"

#include "ctl/process/child.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/fd.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace duplid::ctl {

namespace {

constexpr std::size_t secret_bytes_max = 4096;
constexpr const char* program = "secret-tool";

/// The program's verb with the options before it, then what an item of ours is found by
/// (daemon/jobs/key_ring.hpp).
std::vector<std::string> words_for(std::vector<std::string> words, const std::string& name)
{
    words.insert(words.begin(), program);
    words.insert(words.end(), {"application", "duplid", "name", name});
    return words;
}

struct Pipe {
    Fd reading;
    Fd writing;
};

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw system_failure(proto::ErrorKind::internal, "making a pipe", program, errno);
    }
    return {Fd{ends[0]}, Fd{ends[1]}};
}

bool write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return true;
}

/// All there is to read; nothing when it is too long for a secret.
proto::WipedBuffer read_all(int descriptor)
{
    proto::WipedBuffer buffer(secret_bytes_max + 1);
    std::size_t used = 0;
    while (used < buffer.size()) {
        const auto count = ::read(descriptor, buffer.data() + used, buffer.size() - used);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            break;
        }
        used += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    buffer.resize(used > secret_bytes_max ? 0 : used);
    return buffer;
}

bool has_succeeded(Child& child)
{
    child.wait(-1);
    return WIFEXITED(child.status()) && WEXITSTATUS(child.status()) == 0;
}

}  // namespace

proto::SecretText secret_in_key_ring(const std::string& name)
{
    auto output = make_pipe();
    SpawnPlan plan;
    plan.open_null(STDIN_FILENO, O_RDONLY);
    plan.connect(output.writing.get(), STDOUT_FILENO);
    plan.open_null(STDERR_FILENO, O_WRONLY);
    pid_t pid = -1;
    if (plan.spawn(pid, words_for({"lookup"}, name), environment_without_secrets()) != 0) {
        return {};
    }
    output.writing.close();
    Child child{pid};
    auto secret = read_all(output.reading.get());
    output.reading.close();
    return has_succeeded(child) && !secret.empty() ? proto::SecretText{std::move(secret)}
                                                   : proto::SecretText{};
}

void keep_in_key_ring(const std::string& name, const proto::SecretText& secret)
{
    auto input = make_pipe();
    SpawnPlan plan;
    plan.connect(input.reading.get(), STDIN_FILENO);
    pid_t pid = -1;
    // What it prints is the user's to read.
    const int problem = plan.spawn(pid, words_for({"store", "--label=duplid: " + name}, name),
                                   environment_without_secrets());
    if (problem == ENOENT) {
        throw Failure{{.kind = proto::ErrorKind::not_found,
                       .cause = "there is no secret-tool to reach a key ring with",
                       .object = name,
                       .hint = "install libsecret-tools"}};
    }
    if (problem != 0) {
        throw system_failure(proto::ErrorKind::internal, "starting", program, problem);
    }
    input.reading.close();
    Child child{pid};
    const bool is_written = write_all(input.writing.get(), secret.reveal());
    input.writing.close();
    if (!has_succeeded(child) || !is_written) {
        throw Failure{{.kind = proto::ErrorKind::denied,
                       .cause = "the key ring did not take the secret",
                       .object = name,
                       .hint = "it is there in a desktop's session, and has to be unlocked"}};
    }
}

}  // namespace duplid::ctl
