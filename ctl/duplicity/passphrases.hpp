// PASSPHRASE and SIGN_PASSPHRASE: from the environment, or asked for as the reference asks.
//
// When it asks, and with which words: command-line.md 9.1 and 9.2, and the reference as run. The
// prompt goes to the terminal without echo; without one, to standard error, and the answer is read
// from standard input.
#pragma once

#include "ctl/duplicity/invocation.hpp"
#include "ctl/duplicity/reporter.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/secrets/secrets.hpp"

#include <string>

namespace duplid::duplicity {

class Passphrases {
public:
    /// Takes the variables out of the environment. Set but empty counts as set. Both references
    /// outlive it.
    Passphrases(ctl::Interrupts& interrupts, Reporter& reporter);

    /// For an action that makes encrypted files: the passphrase, twice, when it alone protects
    /// them, and that of the signing key. Nothing is asked for that is not needed, or is there
    /// already. Throws: Fatal 30 EOFError when nobody answers; Fatal 23 when passphrase and
    /// signing passphrase have to be equal and are not; Interrupted.
    void complete_for_writing(const Invocation& invocation);

    /// For an action that reads encrypted files. Throws: Fatal 30 EOFError; Interrupted.
    void complete_for_reading(const Invocation& invocation);

    /// The passwords of targets that their URLs leave out, where there is a terminal.
    /// Throws: ctl::Interrupted; ctl::Failure.
    void complete_for_targets(const Invocation& invocation);

    [[nodiscard]] const ctl::Secrets& secrets() const noexcept { return secrets_; }

private:
    enum class Answers { once, twice };

    /// Asks until the answer will do.
    [[nodiscard]] proto::SecretText ask(const std::string& purpose, Answers answers,
                                        bool may_be_empty);
    [[nodiscard]] proto::SecretText ask_line(const std::string& prompt);
    void complete_signing(const Invocation& invocation, bool symmetric);

    ctl::Interrupts& interrupts_;
    Reporter& reporter_;
    ctl::Secrets secrets_;
};

}  // namespace duplid::duplicity
