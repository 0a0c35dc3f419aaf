#include "ctl/duplicity/passphrases.hpp"

#include "ctl/duplicity/fatal.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/terminal.hpp"
#include "ctl/secrets/target_password.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::duplicity {

namespace {

constexpr std::size_t answer_bytes_max = 4096;

bool is_symmetric(const Invocation& invocation) noexcept
{
    return invocation.encrypt_key.empty() && invocation.hidden_encrypt_key.empty();
}

bool signs_for_itself(const Invocation& invocation)
{
    const auto is_sign_key = [&](const std::string& key) { return key == invocation.sign_key; };
    return std::ranges::any_of(invocation.encrypt_key, is_sign_key) ||
           std::ranges::any_of(invocation.hidden_encrypt_key, is_sign_key);
}

/// One line of standard input without its end. Byte by byte: what follows is for the next question.
/// Throws: Fatal 30 EOFError at the end of input.
proto::SecretText line_from_input(ctl::Interrupts& interrupts)
{
    proto::WipedBuffer line;
    line.reserve(answer_bytes_max);
    while (line.size() < answer_bytes_max) {
        ctl::wait_for_input(STDIN_FILENO, interrupts);
        char c = 0;
        const auto count = ::read(STDIN_FILENO, &c, 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0 && line.empty()) {
            throw exception_error("EOFError", "EOF when reading a line");
        }
        if (count <= 0 || c == '\n') {
            break;
        }
        line.push_back(c);
    }
    return proto::SecretText{std::move(line)};
}

}  // namespace

Passphrases::Passphrases(ctl::Interrupts& interrupts, Reporter& reporter)
    : interrupts_{interrupts}, reporter_{reporter}, secrets_{ctl::take_environment_secrets()}
{
}

void Passphrases::complete_for_targets(const Invocation& invocation)
{
    reporter_.flush();
    for (const auto& url : {invocation.target, invocation.source_url}) {
        ctl::complete_target_password(secrets_, url, invocation.backend, interrupts_);
    }
}

void Passphrases::complete_for_writing(const Invocation& invocation)
{
    if (!invocation.encryption || invocation.use_agent) {
        return;
    }
    const bool symmetric = is_symmetric(invocation);
    if (!invocation.sign_key.empty()) {
        complete_signing(invocation, symmetric);
    }
    if (symmetric && !secrets_.passphrase.is_set()) {
        reporter_.info("PASSPHRASE variable not set, asking user.");
        secrets_.passphrase = ask("decryption", Answers::twice, false);
    }
    if (symmetric && !invocation.sign_key.empty() &&
        secrets_.passphrase.reveal() != secrets_.sign_passphrase.reveal()) {
        throw Fatal{ErrorCode::user_error, "When using symmetric encryption, the signing "
                                           "passphrase must equal the encryption passphrase."};
    }
}

void Passphrases::complete_signing(const Invocation& invocation, bool symmetric)
{
    if (secrets_.sign_passphrase.is_set()) {
        return;
    }
    if (secrets_.passphrase.is_set() && !symmetric && signs_for_itself(invocation)) {
        reporter_.notice("Reuse configured PASSPHRASE as SIGN_PASSPHRASE");
        secrets_.sign_passphrase = secrets_.passphrase;
        return;
    }
    reporter_.info("PASSPHRASE variable not set, asking user.");
    secrets_.sign_passphrase = ask("signing key", Answers::twice, true);
}

void Passphrases::complete_for_reading(const Invocation& invocation)
{
    if (!invocation.encryption || invocation.use_agent || secrets_.passphrase.is_set()) {
        return;
    }
    reporter_.info("PASSPHRASE variable not set, asking user.");
    secrets_.passphrase = ask("decryption", Answers::once, !is_symmetric(invocation));
}

proto::SecretText Passphrases::ask(const std::string& purpose, Answers answers, bool may_be_empty)
{
    // An answer is only confirmed when it differs from the last confirmation, which is empty at
    // first: so the reference asks.
    proto::SecretText confirmation{std::string_view{}};
    while (true) {
        auto first = ask_line(fmt::format("GnuPG passphrase for {}: ", purpose));
        if (answers == Answers::twice && first.reveal() != confirmation.reveal()) {
            confirmation = ask_line(fmt::format("Retype passphrase for {} to confirm: ", purpose));
            if (first.reveal() != confirmation.reveal()) {
                reporter_.warning("First and second passphrases do not match!  Please try again.");
                continue;
            }
        }
        if (!first.reveal().empty() || may_be_empty) {
            return first;
        }
        reporter_.warning(
            "Cannot use empty passphrase with symmetric encryption!  Please try again.");
    }
}

proto::SecretText Passphrases::ask_line(const std::string& prompt)
{
    reporter_.flush();
    if (ctl::has_terminal()) {
        return ctl::ask_secret(prompt, interrupts_);
    }
    std::fputs("Warning: Password input may be echoed.\n", stderr);
    std::fputs(prompt.c_str(), stderr);
    auto answer = line_from_input(interrupts_);
    std::fputs("\n", stderr);
    return answer;
}

}  // namespace duplid::duplicity
