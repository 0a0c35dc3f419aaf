// From words to options and positionals: the grammar of the command line, and nothing of its
// meaning.
//
// It is that of Python's optparse, which the reference uses (command-line.md 2.1, texts and corner
// cases as run): values bound with `=` or in the next word, `-v4`, clusters of short options,
// unique prefixes of long ones, options and positionals mixed, `--` ends options.
#pragma once

#include "ctl/duplicity/option_table.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::duplicity {

/// One option as it was given.
struct GivenOption {
    const Option& option;
    std::string name;  ///< in full, as messages call it: "--verbosity" for "--verb"
    std::vector<std::string> values;
};

/// Reads `words` from left to right and calls `apply` for each option at its place; returns the
/// positionals. With `modern`, abbreviations are first looked for among the names of 3.x, else
/// among those of 0.8. Throws: UsageError; whatever `apply` throws.
[[nodiscard]] std::vector<std::string>
read_words(std::span<const std::string> words, bool modern,
           const std::function<void(const GivenOption&)>& apply);

/// A whole number as optparse reads it: decimal, or 0x, 0b, 0 in front. Throws: UsageError.
[[nodiscard]] std::int64_t number_from(const GivenOption& given);

/// `text` as Python's repr() shows it: in single quotes.
[[nodiscard]] std::string represented(std::string_view text);

}  // namespace duplid::duplicity
