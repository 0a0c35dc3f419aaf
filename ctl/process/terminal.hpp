// Asking the person in front of the machine.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "proto/secret_text.hpp"

#include <string>
#include <string_view>

namespace duplid::ctl {

/// Whether the process has a terminal to ask on (not: whether its input or output is one).
[[nodiscard]] bool has_terminal() noexcept;

/// Shows `prompt` on the terminal and reads a line without echo. The terminal is put back as it
/// was, also when the user breaks in. Throws: Interrupted; Failure when there is no terminal, it
/// went away, or the line is longer than 4096 bytes.
[[nodiscard]] proto::SecretText ask_secret(std::string_view prompt, Interrupts& interrupts);

/// The same with echo, for answers that are no secret; without blanks at their ends.
/// Throws: as ask_secret(); Failure cancelled at the end of the input (Ctrl-D).
[[nodiscard]] std::string ask_line(std::string_view prompt, Interrupts& interrupts);

/// Shows what only the person in front of the machine is to see, wherever standard output goes.
/// Throws: Failure when there is no terminal.
void show_on_terminal(std::string_view text);

/// Waits until `descriptor` can be read. Throws: Interrupted; Failure.
void wait_for_input(int descriptor, Interrupts& interrupts);

}  // namespace duplid::ctl
