// Lists of words that all three completions are made of.
#pragma once

#include "ctl/option_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::generate {

/// Words separated by `separator`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

[[nodiscard]] std::vector<const ctl::Verb*> shown_verbs();

/// The options of a verb in the order of the table.
[[nodiscard]] std::vector<const ctl::Option*> options_of(const ctl::Verb& verb);

/// `text` with each of `characters` preceded by a backslash.
[[nodiscard]] std::string escaped(std::string_view text, std::string_view characters);

}  // namespace duplid::generate
