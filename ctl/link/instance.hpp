// Which daemon a command talks to: architecture.md 1, "What runs".
#pragma once

#include "ctl/link/session.hpp"
#include "ctl/process/fd.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/words/command_line.hpp"

#include <memory>
#include <string>

namespace duplid::ctl {

struct Chosen {
    std::unique_ptr<Session> session;
    /// In words, for --verbose: "a private daemon (no daemon of yours is running)".
    std::string description;
    bool is_private = false;
};

/// For commands about runs and the daemon itself: the one that was named, else root's is the
/// system's and everybody else's their own; with --host, that of the other machine.
/// Throws: Failure when none is running.
[[nodiscard]] Chosen resident_instance(const CommandLine& line, Interrupts& interrupts);

/// The same of this machine, as a connection on which nothing was said yet. Throws: Failure.
[[nodiscard]] Fd resident_socket(const CommandLine& line);

/// For commands about an archive: the one that was named; else the caller's own if it is running
/// and sees the same `/`; else a private one. Throws: Failure.
[[nodiscard]] Chosen archive_instance(const CommandLine& line, Interrupts& interrupts);

}  // namespace duplid::ctl
