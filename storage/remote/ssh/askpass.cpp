#include "storage/remote/ssh/askpass.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/ssh/shell_files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace duplid::ssh {

namespace {

// A key's passphrase and the account's password: nobody is asked more often.
constexpr int answers = 4;

// The first word of a question is made by ssh itself ("me@host's", "(me@host)", "Enter"); what
// follows it may be a foreign server's text. `read` and `printf` are the shell's own.
constexpr const char* script = R"sh(#!/bin/sh
case "${{1%% *}}" in
*@{0}"'s" | "("*@{0}")") ;;
Enter)
    case "$1" in
    "Enter passphrase for "*) ;;
    *) exit 1 ;;
    esac
    ;;
*) exit 1 ;;
esac
IFS= read -r answer < {1} && printf '%s\n' "$answer"
)sh";

}  // namespace

Askpass::Askpass(const io::Secret& password, const std::string& host,
                 const std::string& temp_directory)
    : directory_{temp_directory.empty() ? io::default_temp_directory() : temp_directory},
      program_{directory_.path() + "/askpass"}
{
    const auto pipe = directory_.path() + "/answers";
    if (::mkfifo(pipe.c_str(), 0600) != 0) {
        throw system_error(errno, "making a pipe for a password in", directory_.path());
    }
    // For both directions: writing does not wait for a reader, and what is in it stays.
    pipe_ = io::open_file(pipe, O_RDWR | O_NONBLOCK);
    for (int number = 0; number < answers; ++number) {
        io::write_full(pipe_.get(), io::view_of(password.reveal()), pipe);
        io::write_full(pipe_.get(), io::view_of("\n"), pipe);
    }
    const auto fd = io::open_file(program_, O_WRONLY | O_CREAT | O_EXCL, 0700);
    io::write_full(fd.get(),
                   io::view_of(fmt::format(script, shell_quoted(host), shell_quoted(pipe))),
                   program_);
}

}  // namespace duplid::ssh
