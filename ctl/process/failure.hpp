// How a command ends when it does not end well.
#pragma once

#include "proto/error.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace duplid::ctl {

/// Something went wrong, here or in the daemon. Shown by show::failure(); the exit status is that
/// of the error's kind.
class Failure : public std::runtime_error {
public:
    explicit Failure(proto::RpcError error)
        : std::runtime_error{error.cause}, error_{std::move(error)}
    {
    }
    [[nodiscard]] const proto::RpcError& error() const noexcept { return error_; }

private:
    proto::RpcError error_;
};

/// The command line makes no sense (exit status 2).
[[nodiscard]] Failure usage_failure(std::string cause, std::string object = {},
                                    std::string hint = {});

/// A system call failed; `error_number` is its errno.
[[nodiscard]] Failure system_failure(proto::ErrorKind kind, const std::string& doing,
                                     std::string object, int error_number);

/// The user broke in, by SIGINT or SIGTERM, while nothing was left to be stopped in good order.
class Interrupted : public std::runtime_error {
public:
    explicit Interrupted(int signal) : std::runtime_error{"interrupted"}, signal_{signal} {}
    [[nodiscard]] int signal() const noexcept { return signal_; }

private:
    int signal_;
};

/// The status the shell expects of a program that a signal ended: 130 for SIGINT, 143 for SIGTERM.
[[nodiscard]] constexpr int status_of_signal(int signal) noexcept
{
    constexpr int shell_convention = 128;
    return shell_convention + signal;
}

}  // namespace duplid::ctl
