// The grammar of globs.
#pragma once

#include <string_view>
#include <vector>

namespace duplid::select {

/// One character or wildcard of a glob.
struct GlobToken {
    enum class Kind {
        character,    ///< `first`
        not_slash,    ///< `?`
        one_of,       ///< `[...]`
        none_of,      ///< `[!...]`, `[^...]`; these do match a slash
        star,         ///< `*`: any string without a slash
        double_star,  ///< `**`: any string
    };
    struct Range {
        char32_t first;
        char32_t last;  ///< included
    };

    Kind kind = Kind::character;
    char32_t first = 0;
    std::vector<Range> ranges = {};  ///< of a class
};

/// Splits a glob, which has no prefix `ignorecase:` any more. No two stars are neighbours in the
/// result. With `ignore_case` every character in it is lower case.
/// Throws: SelectionError bad_expression, for a class with a reversed range.
[[nodiscard]] std::vector<GlobToken> parse_glob(std::string_view pattern, bool ignore_case);

/// The same of a text in which every character stands for itself.
[[nodiscard]] std::vector<GlobToken> literal_tokens(std::string_view text, bool ignore_case);

}  // namespace duplid::select
