// Python's regular expressions in PCRE2's words.
#pragma once

#include <string>
#include <string_view>

namespace duplid::select {

struct PcrePattern {
    std::string text;
    /// False after `(?a)`: \w, \d, \s and \b then know ASCII only.
    bool unicode_classes = true;
};

/// Rewrites what the two dialects spell alike but mean differently (\Z, \v, numbered escapes,
/// `{,n}`, brackets in classes) and refuses what only PCRE2 has (\K, (*VERB), (?R) and the like),
/// so that a pattern means what Python's `re` says it means or is an error. Stray bytes become
/// characters as in subject_of(). Rules: Python's documentation of `re`, pcre2pattern(3). Throws:
/// SelectionError bad_expression.
[[nodiscard]] PcrePattern to_pcre(std::string_view python);

/// A path as valid UTF-8: a stray byte becomes one character of the last private plane, as it is
/// one (lone surrogate) character to Python.
[[nodiscard]] std::string subject_of(std::string_view path);

}  // namespace duplid::select
