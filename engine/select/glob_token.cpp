#include "engine/select/glob_token.hpp"

#include "engine/select/problem.hpp"
#include "engine/select/text.hpp"

#include <fmt/format.h>
#include <optional>
#include <string>
#include <utility>

namespace duplid::select {

namespace {

struct Class {
    GlobToken token;
    std::size_t end;  // after the closing bracket
};

// The class whose opening bracket is at `open`; nothing if none closes it, and the bracket is
// then an ordinary character. A `]` that comes first is a member.
std::optional<Class> parse_class(const std::u32string& text, std::size_t open,
                                 std::string_view pattern)
{
    auto at = open + 1;
    auto kind = GlobToken::Kind::one_of;
    if (at < text.size() && (text[at] == U'!' || text[at] == U'^')) {
        kind = GlobToken::Kind::none_of;
        ++at;
    }
    const auto close = text.find(U']', at + 1);
    if (close == std::u32string::npos) {
        return std::nullopt;
    }
    std::vector<GlobToken::Range> ranges;
    while (at < close) {
        const auto first = text[at];
        auto last = first;
        // A hyphen at either end, or right after a range, stands for itself.
        const bool is_range = at + 2 < close && text[at + 1] == U'-';
        if (is_range) {
            last = text[at + 2];
            if (last < first) {
                throw SelectionError{
                    SelectionProblem::bad_expression,
                    fmt::format("a character range is reversed in the pattern '{}'", pattern),
                    std::string{pattern}};
            }
        }
        ranges.push_back({first, last});
        at += is_range ? 3 : 1;
    }
    return Class{GlobToken{kind, 0, std::move(ranges)}, close + 1};
}

bool is_star(const GlobToken& token) noexcept
{
    return token.kind == GlobToken::Kind::star || token.kind == GlobToken::Kind::double_star;
}

// Neighbouring stars match what the widest of them does.
void add_star(std::vector<GlobToken>& tokens, GlobToken::Kind kind)
{
    if (!tokens.empty() && is_star(tokens.back())) {
        if (kind == GlobToken::Kind::double_star) {
            tokens.back().kind = kind;
        }
        return;
    }
    tokens.push_back(GlobToken{kind});
}

std::u32string characters_of(std::string_view pattern, bool ignore_case)
{
    auto text = decode(pattern);
    if (ignore_case) {
        for (auto& character : text) {
            character = lower_case(character);
        }
    }
    return text;
}

}  // namespace

std::vector<GlobToken> literal_tokens(std::string_view text, bool ignore_case)
{
    std::vector<GlobToken> tokens;
    for (const auto character : characters_of(text, ignore_case)) {
        tokens.push_back(GlobToken{GlobToken::Kind::character, character});
    }
    return tokens;
}

std::vector<GlobToken> parse_glob(std::string_view pattern, bool ignore_case)
{
    const auto text = characters_of(pattern, ignore_case);
    std::vector<GlobToken> tokens;
    // Past the last `]` no class can close: not to look again for every `[` keeps this linear.
    const auto last_close = text.rfind(U']');
    for (std::size_t at = 0; at < text.size();) {
        const auto character = text[at];
        if (character == U'*') {
            const bool is_double = at + 1 < text.size() && text[at + 1] == U'*';
            add_star(tokens, is_double ? GlobToken::Kind::double_star : GlobToken::Kind::star);
            at += is_double ? 2 : 1;
            continue;
        }
        if (character == U'[' && last_close != std::u32string::npos && at < last_close) {
            if (auto parsed = parse_class(text, at, pattern)) {
                tokens.push_back(std::move(parsed->token));
                at = parsed->end;
                continue;
            }
        }
        if (character == U'?') {
            tokens.push_back(GlobToken{GlobToken::Kind::not_slash});
        } else {
            tokens.push_back(GlobToken{GlobToken::Kind::character, character});
        }
        ++at;
    }
    return tokens;
}

}  // namespace duplid::select
