#include "engine/select/automaton.hpp"

#include "engine/select/text.hpp"

#include <algorithm>
#include <iterator>

namespace duplid::select {

namespace {

constexpr std::size_t word_bits = 64;
// Sets of states of ordinary globs live on the stack.
constexpr std::size_t words_on_stack = 4;

void set(std::span<std::uint64_t> states, std::size_t state) noexcept
{
    states[state / word_bits] |= std::uint64_t{1} << (state % word_bits);
}

bool has(std::span<const std::uint64_t> states, std::size_t state) noexcept
{
    return ((states[state / word_bits] >> (state % word_bits)) & 1U) != 0;
}

// Whether a token takes `character`; every character of a column gives the same answer.
bool takes(const GlobToken& token, char32_t character)
{
    const auto in_ranges = [&] {
        return std::any_of(token.ranges.begin(), token.ranges.end(), [character](auto range) {
            return range.first <= character && character <= range.last;
        });
    };
    switch (token.kind) {
    case GlobToken::Kind::character:
        return token.first == character;
    case GlobToken::Kind::not_slash:
        return character != U'/';
    case GlobToken::Kind::one_of:
        return in_ranges();
    case GlobToken::Kind::none_of:
        return !in_ranges();
    case GlobToken::Kind::star:
    case GlobToken::Kind::double_star:
        break;
    }
    return false;
}

}  // namespace

Automaton::Automaton(std::span<const GlobToken> tokens, bool ignore_case)
    : ignore_case_{ignore_case}, final_{tokens.size()}, words_{tokens.size() / word_bits + 1},
      stars_(words_), wide_stars_(words_), parents_(words_)
{
    find_columns(tokens);
    advance_.resize(cuts_.size() * words_);
    for (std::size_t column = 0; column < cuts_.size(); ++column) {
        fill_column(column, tokens);
    }
    for (char32_t character = 0; character < ascii_columns_.size(); ++character) {
        const auto cut = std::upper_bound(cuts_.begin(), cuts_.end(),
                                          ignore_case_ ? lower_case(character) : character);
        ascii_columns_[character] =
            static_cast<std::uint32_t>(std::distance(cuts_.begin(), cut) - 1);
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const bool is_wide = tokens[i].kind == GlobToken::Kind::double_star;
        if (is_wide || tokens[i].kind == GlobToken::Kind::star) {
            set(stars_, i);
        }
        if (is_wide) {
            set(wide_stars_, i);
        }
    }
    find_parents(tokens);
}

// Cuts the characters into intervals that no token tells apart.
void Automaton::find_columns(std::span<const GlobToken> tokens)
{
    cuts_ = {0, U'/', U'/' + 1};
    for (const auto& token : tokens) {
        if (token.kind == GlobToken::Kind::character) {
            cuts_.push_back(token.first);
            cuts_.push_back(token.first + 1);
        }
        for (const auto& range : token.ranges) {
            cuts_.push_back(range.first);
            cuts_.push_back(range.last + 1);
        }
    }
    std::sort(cuts_.begin(), cuts_.end());
    cuts_.erase(std::unique(cuts_.begin(), cuts_.end()), cuts_.end());
}

void Automaton::fill_column(std::size_t column, std::span<const GlobToken> tokens)
{
    const auto row = std::span{advance_}.subspan(column * words_, words_);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (takes(tokens[i], cuts_[column])) {
            set(row, i);
        }
    }
}

// The pattern is cut after its first `**`, and what stands before each slash of the rest, and the
// whole rest if there was a `**`, are the patterns of possible parents (command-line.md 6.3).
void Automaton::find_parents(std::span<const GlobToken> tokens)
{
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind == GlobToken::Kind::double_star) {
            set(parents_, i + 1);
            return;
        }
        if (tokens[i].kind == GlobToken::Kind::character && tokens[i].first == U'/') {
            set(parents_, i);
        }
    }
}

std::size_t Automaton::column_of(char32_t character) const noexcept
{
    if (character < ascii_columns_.size()) {
        return ascii_columns_[character];
    }
    const auto cut = std::upper_bound(cuts_.begin(), cuts_.end(),
                                      ignore_case_ ? lower_case(character) : character);
    return static_cast<std::size_t>(std::distance(cuts_.begin(), cut)) - 1;
}

// Consumes a character; false when no state is left.
bool Automaton::step(std::span<Word> states, char32_t character) const noexcept
{
    const auto* advance = &advance_[column_of(character) * words_];
    const auto& staying = character == U'/' ? wide_stars_ : stars_;
    Word carry = 0;
    Word any = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
        const auto advanced = states[i] & advance[i];
        states[i] = (states[i] & staying[i]) | (advanced << 1U) | carry;
        carry = advanced >> (word_bits - 1);
        any |= states[i];
    }
    close(states);
    return any != 0;
}

// Adds what is reached without consuming anything. Stars have no star beside them, so that one
// round is enough.
void Automaton::close(std::span<Word> states) const noexcept
{
    Word carry = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
        const auto starred = states[i] & stars_[i];
        states[i] |= (starred << 1U) | carry;
        carry = starred >> (word_bits - 1);
    }
}

GlobOutcome Automaton::run(std::string_view path, bool any_parent_will_do) const
{
    std::array<Word, words_on_stack> small{};
    std::vector<Word> large;
    std::span<Word> states{small.data(), std::min(words_, words_on_stack)};
    if (words_ > words_on_stack) {
        large.resize(words_);
        states = large;
    }
    set(states, 0);
    close(states);

    GlobOutcome outcome;
    for (std::size_t at = 0; at < path.size();) {
        const auto [character, bytes] = character_at(path, at);
        if (character == U'/' && has(states, final_)) {
            outcome.parent = true;
            if (any_parent_will_do) {
                return outcome;
            }
        }
        if (!step(states, character)) {
            return outcome;
        }
        at += bytes;
    }
    outcome.exact = has(states, final_);
    for (std::size_t i = 0; i < states.size(); ++i) {
        outcome.below = outcome.below || (states[i] & parents_[i]) != 0;
    }
    return outcome;
}

}  // namespace duplid::select
