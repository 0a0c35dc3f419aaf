// One shell-like pattern.
//
// Format facts: command-line.md 6.3, found by running 0.8.22; tests/golden/selection.json.
#pragma once

#include "engine/select/automaton.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace duplid::select {

/// How a pattern is to be read.
struct GlobReading {
    /// No wildcards, no classes and no prefix: every character stands for itself. What matches is
    /// still a path and everything below it.
    bool literal = false;
    /// As if the pattern began with `ignorecase:`.
    bool ignore_case = false;
};

/// A compiled glob. The usual forms are matched by plain comparison: `/a/b`, `/a/**`, `**.o`,
/// `/a/**/b`; the others by an Automaton. No pattern is slow. Immutable.
class Glob {
public:
    enum class Answer {
        nothing,
        below,  ///< not this path, but the pattern may match something below it
        match,  ///< this path or one of its parents
    };

    static constexpr std::size_t bytes_max = std::size_t{64} * 1024;
    /// Limit on the characters, wildcards and members of classes that follow the plain start of a
    /// pattern which needs an Automaton.
    static constexpr std::size_t weight_max = 4096;

    /// Throws: SelectionError bad_expression.
    explicit Glob(std::string_view pattern, GlobReading reading = {});

    [[nodiscard]] Answer answer(std::string_view path, bool is_directory) const;

    /// Whether the pattern matches all of `path`, and not only a parent of it.
    [[nodiscard]] bool matches_whole(std::string_view path, bool is_directory) const;

    /// What every path that matches begins with, or is.
    [[nodiscard]] std::string_view plain_start() const noexcept { return start_; }

    /// Whether the pattern is plain text compared with case: it then matches the path literal()
    /// and everything below it.
    [[nodiscard]] bool is_literal() const noexcept { return form_ == Form::literal; }
    /// Has no trailing slash.
    [[nodiscard]] const std::string& literal() const noexcept { return start_; }
    /// Whether a trailing slash restricts exact matches to directories.
    [[nodiscard]] bool is_for_directories() const noexcept { return is_for_directories_; }

private:
    enum class Form {
        literal,    // start_
        framed,     // start_ `**` end_
        automaton,  // start_, then the automaton
    };

    [[nodiscard]] GlobOutcome meet(std::string_view path, bool any_parent_will_do) const;
    [[nodiscard]] GlobOutcome meet_framed(std::string_view path) const noexcept;

    Form form_ = Form::literal;
    bool is_for_directories_ = false;
    std::string start_;
    std::string end_;
    std::shared_ptr<const Automaton> automaton_;
};

}  // namespace duplid::select
