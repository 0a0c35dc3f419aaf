#include "ctl/duplicity/option_words.hpp"

#include "ctl/duplicity/fatal.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace duplid::duplicity {

namespace {

struct Found {
    const Option* option;
    std::string name;
};

bool is_of(Era era, bool modern) noexcept
{
    return era == Era::both || (era != Era::classic) == modern;
}

bool is_unknown(Era era, bool modern) noexcept
{
    return era == Era::modern_only && !modern;
}

std::optional<Found> exact(std::string_view word, bool modern)
{
    for (const auto& option : options()) {
        if (is_unknown(option.era, modern)) {
            continue;
        }
        bool found = false;
        each_name(option, [&](std::string_view name) { found = found || name == word; });
        if (found) {
            return Found{&option, std::string{word}};
        }
    }
    return std::nullopt;
}

/// Options of the reference's own version that begin with `word`; if there is none, any that do.
std::vector<Found> beginning_with(std::string_view word, bool modern)
{
    std::vector<Found> own;
    std::vector<Found> others;
    for (const auto& option : options()) {
        each_name(option, [&](std::string_view name) {
            if (name.starts_with(word) && !is_unknown(option.era, modern)) {
                (is_of(option.era, modern) ? own : others).push_back({&option, std::string{name}});
            }
        });
    }
    return own.empty() ? others : own;
}

Found long_option(std::string_view word, bool modern)
{
    if (auto found = exact(word, modern)) {
        return *found;
    }
    auto found = beginning_with(word, modern);
    if (found.empty()) {
        throw UsageError{fmt::format("no such option: {}", word)};
    }
    if (found.size() > 1) {
        std::vector<std::string> names;
        std::ranges::transform(found, std::back_inserter(names), &Found::name);
        std::ranges::sort(names);
        throw UsageError{fmt::format("ambiguous option: {} ({}?)", word, fmt::join(names, ", "))};
    }
    return found.front();
}

class WordReader {
public:
    WordReader(std::span<const std::string> words, bool modern,
               const std::function<void(const GivenOption&)>& apply)
        : words_{words}, modern_{modern}, apply_{apply}
    {
    }

    std::vector<std::string> read()
    {
        while (next_ < words_.size()) {
            const auto& word = words_[next_++];
            if (word == "--") {
                positionals_.insert(positionals_.end(),
                                    words_.begin() + static_cast<std::ptrdiff_t>(next_),
                                    words_.end());
                break;
            }
            if (word.starts_with("--")) {
                read_long(word);
            } else if (word.starts_with('-') && word.size() > 1) {
                read_cluster(word);
            } else {
                positionals_.push_back(word);
            }
        }
        return std::move(positionals_);
    }

private:
    void read_long(const std::string& word)
    {
        const auto equals = word.find('=');
        const auto [option, name] = long_option(std::string_view{word}.substr(0, equals), modern_);
        GivenOption given{*option, name, {}};
        if (equals != std::string::npos) {
            if (value_count(*option) == 0) {
                throw UsageError{fmt::format("{} option does not take a value", name)};
            }
            given.values.push_back(word.substr(equals + 1));
        }
        finish(given);
    }

    /// "-hV", "-v4", "-t3D".
    void read_cluster(const std::string& word)
    {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const auto name = fmt::format("-{}", word[i]);
            const auto found = exact(name, modern_);
            if (!found) {
                throw UsageError{fmt::format("no such option: {}", name)};
            }
            GivenOption given{*found->option, name, {}};
            const bool takes_rest = value_count(*found->option) > 0;
            if (takes_rest && i + 1 < word.size()) {
                given.values.push_back(word.substr(i + 1));
            }
            finish(given);
            if (takes_rest) {
                return;
            }
        }
    }

    void finish(GivenOption& given)
    {
        const auto wanted = value_count(given.option);
        while (given.values.size() < wanted) {
            if (next_ == words_.size()) {
                throw UsageError{fmt::format("{} option requires {} argument{}", given.name, wanted,
                                             wanted == 1 ? "" : "s")};
            }
            given.values.push_back(words_[next_++]);
        }
        apply_(given);
    }

    std::span<const std::string> words_;
    bool modern_;
    const std::function<void(const GivenOption&)>& apply_;
    std::size_t next_ = 0;
    std::vector<std::string> positionals_;
};

}  // namespace

std::vector<std::string> read_words(std::span<const std::string> words, bool modern,
                                    const std::function<void(const GivenOption&)>& apply)
{
    return WordReader{words, modern, apply}.read();
}

std::int64_t number_from(const GivenOption& given)
{
    const auto& text = given.values.front();
    std::string_view digits = text;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    int base = 10;
    // optparse looks for these at the very front, so that "-0x1" is no number.
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        digits.remove_prefix(2);
    } else if (text.starts_with("0b") || text.starts_with("0B")) {
        base = 2;
        digits.remove_prefix(2);
    } else if (text.starts_with('0')) {
        base = 8;
    }
    std::int64_t number = 0;
    const auto* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, number, base);
    if (result.ec != std::errc{} || result.ptr != end || digits.starts_with('-')) {
        throw UsageError{
            fmt::format("option {}: invalid integer value: {}", given.name, represented(text))};
    }
    return negative ? -number : number;
}

std::string represented(std::string_view text)
{
    // repr() chooses double quotes when that saves an escape.
    const bool has_single = text.find('\'') != std::string_view::npos;
    const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string result(1, quote);
    for (const char c : text) {
        if (c == quote || c == '\\') {
            result += '\\';
        }
        if (c == '\n') {
            result += "\\n";
        } else {
            result += c;
        }
    }
    return result + quote;
}

}  // namespace duplid::duplicity
