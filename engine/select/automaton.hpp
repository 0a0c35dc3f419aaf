// Globs with wildcards, matched by following all alternatives at once.
#pragma once

#include "engine/select/glob_token.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace duplid::select {

/// How a glob and a path meet.
struct GlobOutcome {
    bool exact = false;   ///< the glob matches the whole path
    bool parent = false;  ///< it matches a leading part of the path that ends before a slash
    bool below = false;   ///< the path may be a parent of something the glob matches
};

/// A nondeterministic automaton whose set of states is a row of bits: state i means that the
/// first i tokens have been consumed. Time is path length times tokens / 64, whatever the glob.
/// Immutable.
class Automaton {
public:
    /// `tokens` as from parse_glob(), which was given the same `ignore_case`.
    Automaton(std::span<const GlobToken> tokens, bool ignore_case);

    /// With `any_parent_will_do` it stops at the first parent that matches, and the other two
    /// answers are then not found out.
    [[nodiscard]] GlobOutcome run(std::string_view path, bool any_parent_will_do) const;

private:
    using Word = std::uint64_t;
    using States = std::vector<Word>;

    void find_columns(std::span<const GlobToken> tokens);
    void fill_column(std::size_t column, std::span<const GlobToken> tokens);
    void find_parents(std::span<const GlobToken> tokens);
    [[nodiscard]] std::size_t column_of(char32_t character) const noexcept;
    [[nodiscard]] bool step(std::span<Word> states, char32_t character) const noexcept;
    void close(std::span<Word> states) const noexcept;

    bool ignore_case_;
    std::size_t final_;           // the number of tokens, and the state that accepts
    std::size_t words_;           // in a set of states
    std::vector<char32_t> cuts_;  // where columns begin, ascending; the first is 0
    std::array<std::uint32_t, 128> ascii_columns_{};
    States advance_;     // a row per column: tokens that take such a character
    States stars_;       // tokens that may take nothing, and go on at no slash
    States wide_stars_;  // those of them that go on at a slash too
    States parents_;     // states in which a path may be a parent of matches
};

}  // namespace duplid::select
