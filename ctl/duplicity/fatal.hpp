// How an invocation ends when it does not end well: the ways the reference has, as exceptions.
#pragma once

#include "ctl/duplicity/codes.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace duplid::duplicity {

/// The last ERROR record, and the exit status with its number. Thrown from anywhere below
/// program.cpp, which alone catches it.
class Fatal : public std::runtime_error {
public:
    /// `words` stand behind the number, as they are: paths through quoted() (machine_log.hpp).
    explicit Fatal(ErrorCode code, const std::string& text, std::vector<std::string> words = {})
        : std::runtime_error{text}, code_{code}, words_{std::move(words)}
    {
    }

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }

private:
    ErrorCode code_;
    std::vector<std::string> words_;
};

/// An error of the command line that the reference finds when all of it has been read: code 2 with
/// its two sentences around `message`.
[[nodiscard]] Fatal command_line_error(const std::string& message);

/// What the reference calls an unhandled exception: code 30 with the name of its class.
[[nodiscard]] Fatal exception_error(const std::string& class_name, const std::string& text);

/// An option that makes no sense, found while options are read: the usage and
/// `duplicity: error: ...` on stderr, status 2, and no record (command-line.md 2.1).
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace duplid::duplicity
