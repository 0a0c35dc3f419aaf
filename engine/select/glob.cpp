#include "engine/select/glob.hpp"

#include "engine/select/glob_token.hpp"
#include "engine/select/problem.hpp"
#include "engine/select/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <span>

namespace duplid::select {

namespace {

constexpr std::string_view ignore_case_prefix = "ignorecase:";

[[noreturn]] void fail(std::string_view pattern, std::string_view what)
{
    constexpr std::size_t shown_bytes = 200;
    throw SelectionError{SelectionProblem::bad_expression,
                         fmt::format("{} '{}'", what, pattern.substr(0, shown_bytes)),
                         std::string{pattern}};
}

// Removes `ignorecase:`, which may itself be spelled in any case.
bool take_ignore_case(std::string_view& pattern)
{
    if (pattern.size() < ignore_case_prefix.size() ||
        !std::equal(ignore_case_prefix.begin(), ignore_case_prefix.end(), pattern.begin(),
                    [](char wanted, char given) {
                        return static_cast<char32_t>(wanted) ==
                               lower_case(static_cast<unsigned char>(given));
                    })) {
        return false;
    }
    pattern.remove_prefix(ignore_case_prefix.size());
    return true;
}

// How many tokens at the front are characters whose bytes can be compared as they are. A stray
// byte cannot: it could be a part of a character in the path.
std::size_t plain_tokens(std::span<const GlobToken> tokens)
{
    const auto plain = std::find_if(tokens.begin(), tokens.end(), [](const GlobToken& token) {
        return token.kind != GlobToken::Kind::character || is_stray_byte(token.first);
    });
    return static_cast<std::size_t>(plain - tokens.begin());
}

// What compiling an automaton costs grows with the square of this.
std::size_t weight(std::span<const GlobToken> tokens)
{
    return std::accumulate(
        tokens.begin(), tokens.end(), tokens.size(),
        [](std::size_t sum, const GlobToken& token) { return sum + token.ranges.size(); });
}

std::string text_of(std::span<const GlobToken> tokens)
{
    std::string text;
    for (const auto& token : tokens) {
        append_utf8(text, token.first);
    }
    return text;
}

bool is_parent_of_start(std::string_view path, std::string_view start) noexcept
{
    return start.starts_with(path) &&
           ((start.size() > path.size() && start[path.size()] == '/') || path == "/");
}

}  // namespace

Glob::Glob(std::string_view pattern, GlobReading reading)
{
    const auto given = pattern;
    const bool ignore_case = (!reading.literal && take_ignore_case(pattern)) || reading.ignore_case;
    if (pattern.empty()) {
        fail(given, "there is nothing to match in the pattern");
    }
    if (pattern.size() > bytes_max) {
        fail(given, "this pattern is too long:");
    }
    if (pattern.find("//") != std::string_view::npos) {
        fail(given, "consecutive slashes in the pattern");
    }
    if (pattern == "/") {
        pattern = "/**";
        reading.literal = false;
    }
    if (pattern.back() == '/') {
        is_for_directories_ = true;
        pattern.remove_suffix(1);
    }

    const auto tokens =
        reading.literal ? literal_tokens(pattern, ignore_case) : parse_glob(pattern, ignore_case);
    // Without case bytes cannot be compared: the automaton does it all.
    const auto plain = ignore_case ? 0 : plain_tokens(tokens);
    const auto rest = std::span{tokens}.subspan(plain);
    start_ = text_of(std::span{tokens}.first(plain));
    if (!ignore_case && rest.empty()) {
        return;
    }
    if (!ignore_case && rest.front().kind == GlobToken::Kind::double_star &&
        plain_tokens(rest.subspan(1)) == rest.size() - 1) {
        form_ = Form::framed;
        end_ = text_of(rest.subspan(1));
        return;
    }
    if (weight(rest) > weight_max) {
        fail(given, "too much follows the first wildcard of the pattern");
    }
    form_ = Form::automaton;
    automaton_ = std::make_shared<const Automaton>(rest, ignore_case);
}

Glob::Answer Glob::answer(std::string_view path, bool is_directory) const
{
    const auto outcome = meet(path, !is_for_directories_);
    // An exact match settles the matter, even if a leading part matches too: `**/` means all
    // directories, and not everything (sel-063).
    if (outcome.exact) {
        return is_directory || !is_for_directories_ ? Answer::match : Answer::nothing;
    }
    if (outcome.parent) {
        return Answer::match;
    }
    return outcome.below ? Answer::below : Answer::nothing;
}

bool Glob::matches_whole(std::string_view path, bool is_directory) const
{
    return (is_directory || !is_for_directories_) && meet(path, false).exact;
}

GlobOutcome Glob::meet(std::string_view path, bool any_parent_will_do) const
{
    if (!path.starts_with(start_) || (path == "/" && start_ == "/")) {
        return {.below = is_parent_of_start(path, start_)};
    }
    switch (form_) {
    case Form::literal:
        return {.exact = path.size() == start_.size(),
                .parent = path.size() > start_.size() && path[start_.size()] == '/'};
    case Form::framed:
        return meet_framed(path);
    case Form::automaton:
        break;
    }
    return automaton_->run(path.substr(start_.size()), any_parent_will_do);
}

// The `**` reaches to wherever end_ stands before a slash or at the end. The path itself begins
// with start_.
GlobOutcome Glob::meet_framed(std::string_view path) const noexcept
{
    const auto shortest = start_.size() + end_.size();
    const auto ends_at = [&](std::size_t position) {
        return position >= shortest && path.substr(position - end_.size(), end_.size()) == end_;
    };
    GlobOutcome outcome{.exact = ends_at(path.size()), .below = true};
    for (auto slash = path.find('/', shortest); slash != std::string_view::npos && !outcome.parent;
         slash = path.find('/', slash + 1)) {
        outcome.parent = ends_at(slash);
    }
    return outcome;
}

}  // namespace duplid::select
