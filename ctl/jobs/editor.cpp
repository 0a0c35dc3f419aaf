#include "ctl/jobs/editor.hpp"

#include "ctl/show/message.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::ctl {

namespace {

namespace fs = std::filesystem;

std::string read_text(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        throw system_failure(proto::ErrorKind::denied, "reading a job's file", path, errno);
    }
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string editor()
{
    for (const auto* const name : {"VISUAL", "EDITOR"}) {
        if (const char* const value = std::getenv(name); value != nullptr && *value != '\0') {
            return value;
        }
    }
    return "vi";
}

/// Through a shell, as every program does it: the variable may hold options.
int run_editor(const std::string& path)
{
    const auto command = editor() + " \"$1\"";
    const auto child = ::fork();
    if (child == 0) {
        // Signals that wait for our own loop are the editor's to take.
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execl("/bin/sh", "sh", "-c", command.c_str(), "sh", path.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

EditedCopy::EditedCopy(const std::string& file) : original_{read_text(file)}, text_{original_}
{
    std::error_code error;
    auto pattern = (fs::temp_directory_path(error) / "duplictl-edit-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw system_failure(proto::ErrorKind::denied, "making a directory", pattern, errno);
    }
    directory_ = pattern;
    path_ = directory_ + "/" + fs::path{file}.filename().string();
    std::ofstream{path_, std::ios::binary} << original_;
}

EditedCopy::~EditedCopy()
{
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

bool EditedCopy::edit()
{
    if (const auto status = run_editor(path_); status != 0) {
        throw Failure{{.kind = proto::ErrorKind::cancelled,
                       .cause = "the editor ended with status " + std::to_string(status),
                       .object = editor(),
                       .hint = "nothing was changed"}};
    }
    text_ = read_text(path_);
    return text_ != original_;
}

bool EditedCopy::ask_again(const Failure& failure) const
{
    if (::isatty(STDIN_FILENO) != 1) {
        return false;
    }
    std::fputs(show::message("error", failure.error()).c_str(), stderr);
    std::fputs("Press Return to edit it again, or Ctrl-D to leave it as it was. ", stderr);
    int c = 0;
    while ((c = std::getchar()) != '\n' && c != EOF) {
    }
    return c != EOF;
}

}  // namespace duplid::ctl
