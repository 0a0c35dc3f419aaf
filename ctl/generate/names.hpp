// Lists of words that all three completions are made of.
#pragma once

#include "ctl/words/option_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::generate {

/// Words separated by `separator`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

[[nodiscard]] std::vector<const ctl::Verb*> shown_verbs();

/// The options of a verb in the order of the table.
[[nodiscard]] std::vector<const ctl::Option*> options_of(const ctl::Verb& verb);

/// What "duplictl complete" is asked for, where the daemon knows the words; else empty.
[[nodiscard]] std::string_view kind_from_daemon(ctl::Complete complete) noexcept;

/// `text` with each of `characters` preceded by a backslash.
[[nodiscard]] std::string escaped(std::string_view text, std::string_view characters);

}  // namespace duplid::generate
