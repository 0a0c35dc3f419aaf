// PASSPHRASE and SIGN_PASSPHRASE: from the environment, or asked for as the reference asks.
//
// When it asks, and with which words: command-line.md 9.1 and 9.2. The prompt goes to the terminal
// without echo; without one, to standard error, and the answer is read from standard input.
#pragma once

#include "ctl/duplicity/invocation.hpp"
#include "ctl/interrupts.hpp"
#include "ctl/secrets.hpp"

namespace duplid::duplicity {

class Passphrases {
public:
    /// Takes the variables out of the environment. Set but empty counts as set.
    explicit Passphrases(ctl::Interrupts& interrupts);

    /// For an action that makes encrypted files (full, incremental, replicate): twice when the
    /// passphrase alone protects them, and that of the signing key. Nothing is asked for that is
    /// not needed or is there. Throws: Fatal 30 EOFError when nobody answers; Fatal 23 when
    /// passphrase and signing passphrase have to be equal and are not.
    void complete_for_writing(const Invocation& invocation);

    /// For an action that reads encrypted files (restore, verify, cleanup, filling the cache).
    void complete_for_reading(const Invocation& invocation);

    [[nodiscard]] const ctl::Secrets& secrets() const noexcept { return secrets_; }

private:
    ctl::Interrupts& interrupts_;
    ctl::Secrets secrets_;
};

}  // namespace duplid::duplicity
