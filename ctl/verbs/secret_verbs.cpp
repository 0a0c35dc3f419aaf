#include "ctl/verbs/secret_verbs.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/terminal.hpp"
#include "ctl/secrets/key_ring.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace duplid::ctl {

namespace {

constexpr std::size_t secret_bytes_max = 4096;
constexpr std::size_t name_bytes_max = 64;

/// As jobs may have it (daemon/jobs/job.hpp, is_job_name).
bool is_name(std::string_view name)
{
    const auto is_usual = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= name_bytes_max && name.front() != '.' &&
           name.front() != '-' && std::ranges::all_of(name, is_usual);
}

Failure nothing_said()
{
    return Failure{{.kind = proto::ErrorKind::wrong_secret,
                    .cause = "there is nothing to keep",
                    .object = {},
                    .hint = "enter it, or give it on standard input"}};
}

proto::SecretText ask_twice(const std::string& name, Interrupts& interrupts)
{
    while (true) {
        auto first = ask_secret(fmt::format("Secret \"{}\": ", name), interrupts);
        if (first.reveal().empty()) {
            throw nothing_said();
        }
        if (ask_secret("The same again: ", interrupts).reveal() == first.reveal()) {
            return first;
        }
        static_cast<void>(ask_secret(
            "They differ. Press Return to start over, or Ctrl-C to give up. ", interrupts));
    }
}

/// What a pipe or a file has, without the line end that editors and echo add.
proto::SecretText from_standard_input(Interrupts& interrupts)
{
    proto::WipedBuffer buffer(secret_bytes_max + 2);
    std::size_t used = 0;
    while (used < buffer.size()) {
        wait_for_input(STDIN_FILENO, interrupts);
        const auto count = ::read(STDIN_FILENO, buffer.data() + used, buffer.size() - used);
        if (count < 0 && errno != EINTR) {
            throw system_failure(proto::ErrorKind::internal, "reading", "standard input", errno);
        }
        if (count == 0) {
            break;
        }
        used += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    buffer.resize(used);
    if (!buffer.empty() && buffer.back() == '\n') {
        buffer.pop_back();
    }
    if (buffer.empty()) {
        throw nothing_said();
    }
    if (buffer.size() > secret_bytes_max) {
        throw usage_failure(fmt::format("a secret has at most {} bytes", secret_bytes_max));
    }
    return proto::SecretText{std::move(buffer)};
}

}  // namespace

int secret_store(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto& name = line.positionals.at(0);
    if (!is_name(name)) {
        throw usage_failure("a name in the key ring has letters, digits, '.', '_' and '-' only",
                            name);
    }
    keep_in_key_ring(name, ::isatty(STDIN_FILENO) != 0 ? ask_twice(name, interrupts)
                                                       : from_standard_input(interrupts));
    output.text(
        fmt::format("Kept in your key ring. A job names it as {{\"keyring\": \"{}\"}}.\n", name));
    return 0;
}

}  // namespace duplid::ctl
