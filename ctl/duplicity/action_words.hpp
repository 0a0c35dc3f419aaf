// Which action a command line means: its first positional, and the order of URL and path.
//
// Rules with their quirks: command-line.md 1.1 and 1.2.
#pragma once

#include "ctl/duplicity/invocation.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::duplicity {

/// The action that the first positional names, if it names one: in full, by an alias or the word
/// `backup` of 3.x when the positionals behind it fit, or by a unique prefix. Throws: Fatal 2 when
/// there is no positional, or several actions begin with it.
[[nodiscard]] std::optional<Action> named_action(const std::vector<std::string>& positionals);

/// What is left of the positionals when action, time and count have been taken away.
[[nodiscard]] std::size_t expected_positionals(std::optional<Action> action) noexcept;

/// The action that a path and a URL in this order mean. Throws: Fatal 2.
[[nodiscard]] Action action_for(std::optional<Action> named, const std::string& first,
                                const std::string& second);

}  // namespace duplid::duplicity
