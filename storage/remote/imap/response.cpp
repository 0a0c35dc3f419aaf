#include "storage/remote/imap/response.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace duplid::imap {

namespace {

constexpr std::size_t text_bytes_max = 300;
constexpr unsigned depth_max = 32;

std::string upper(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return result;
}

template <typename Number>
std::optional<Number> number_of(std::string_view text)
{
    Number number = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return !text.empty() && result.ec == std::errc{} && result.ptr == end ? std::optional{number}
                                                                          : std::nullopt;
}

std::string_view take_word(std::string_view& text)
{
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

/// Reads the list of a FETCH from left to right.
class Reader {
public:
    Reader(std::string_view text, const std::vector<std::string>& literals)
        : text_{text}, literals_{literals}
    {
    }

    [[nodiscard]] bool take(char c)
    {
        const bool is_there = text_.starts_with(c);
        text_.remove_prefix(is_there ? 1 : 0);
        return is_there;
    }
    void skip_blanks()
    {
        text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
    }
    /// Up to a blank, those in brackets not counted: BODY[HEADER.FIELDS (FROM)]<0>.
    [[nodiscard]] std::string take_key()
    {
        std::size_t at = 0;
        bool is_inside = false;
        for (; at < text_.size() && (is_inside || (text_[at] != ' ' && text_[at] != ')')); ++at) {
            is_inside = text_[at] == '[' || (is_inside && text_[at] != ']');
        }
        auto key = upper(text_.substr(0, at));
        text_.remove_prefix(at);
        return key;
    }
    /// A value of any form; of a list nothing is kept. False when there is none.
    [[nodiscard]] bool take_value(std::optional<std::string>& value, unsigned depth = 0)
    {
        value.reset();
        skip_blanks();
        if (text_.empty() || depth > depth_max) {
            return false;
        }
        if (take('(')) {
            for (skip_blanks(); !take(')'); skip_blanks()) {
                std::optional<std::string> inner;
                if (!take_value(inner, depth + 1)) {
                    return false;
                }
            }
            return true;
        }
        if (take('"')) {
            return take_quoted(value);
        }
        if (text_.starts_with('{') || text_.starts_with("~{")) {
            return take_literal(value);
        }
        const auto atom = text_.substr(0, text_.find_first_of(" ()"));
        text_.remove_prefix(atom.size());
        if (upper(atom) != "NIL") {
            value = std::string{atom};
        }
        return !atom.empty();
    }

private:
    bool take_quoted(std::optional<std::string>& value)
    {
        std::string content;
        for (std::size_t at = 0; at < text_.size(); ++at) {
            if (text_[at] == '"') {
                text_.remove_prefix(at + 1);
                value = std::move(content);
                return true;
            }
            at += text_[at] == '\\' && at + 1 < text_.size() ? 1 : 0;
            content += text_[at];
        }
        return false;
    }
    bool take_literal(std::optional<std::string>& value)
    {
        const auto end = text_.find('}');
        if (end == std::string_view::npos || next_literal_ >= literals_.size()) {
            return false;
        }
        text_.remove_prefix(end + 1);
        value = literals_[next_literal_++];
        return true;
    }

    std::string_view text_;
    const std::vector<std::string>& literals_;
    std::size_t next_literal_ = 0;
};

void keep(const std::string& key, std::optional<std::string> value, Fetched& fetched)
{
    if (!value) {
        return;
    }
    if (key == "UID") {
        fetched.uid = number_of<std::uint32_t>(*value).value_or(0);
    } else if (key == "RFC822.SIZE") {
        fetched.mail_octets = number_of<std::uint64_t>(*value);
    } else if (key == "BINARY.SIZE[1]") {
        fetched.binary_bytes = number_of<std::uint64_t>(*value);
    } else if (key.starts_with("BODY[HEADER.FIELDS")) {
        fetched.header = std::move(value);
    } else if (key.starts_with("BODY[1]")) {
        fetched.body = std::move(value);
    }
}

// What may help when it is said by itself, what will not, and what is in between.
Error::Kind kind_of(const Status& status)
{
    if (status.word == Status::Word::bad) {
        return Error::Kind::invalid;
    }
    struct Row {
        std::string_view code;
        Error::Kind kind;
    };
    // RFC 5530 and what Dovecot and Gmail say besides.
    for (const auto& row : {
             Row{"AUTHENTICATIONFAILED", Error::Kind::denied},
             Row{"AUTHORIZATIONFAILED", Error::Kind::denied},
             Row{"NOPERM", Error::Kind::denied},
             Row{"READ-ONLY", Error::Kind::denied},
             Row{"OVERQUOTA", Error::Kind::no_space},
             Row{"NONEXISTENT", Error::Kind::not_found},
             Row{"TRYCREATE", Error::Kind::not_found},
             Row{"LIMIT", Error::Kind::invalid},
             Row{"TOOBIG", Error::Kind::invalid},
             Row{"CANNOT", Error::Kind::invalid},
         }) {
        if (row.code == status.code) {
            return row.kind;
        }
    }
    return Error::Kind::unreachable;
}

}  // namespace

std::optional<std::uint64_t> literal_after(std::string_view line) noexcept
{
    if (!line.ends_with('}')) {
        return std::nullopt;
    }
    line.remove_suffix(1);
    const auto begin = line.rfind('{');
    if (begin == std::string_view::npos) {
        return std::nullopt;
    }
    return number_of<std::uint64_t>(line.substr(begin + 1));
}

std::optional<Status> parse_status(std::string_view text)
{
    Status status;
    const auto word = upper(take_word(text));
    if (word == "OK" || word == "PREAUTH") {
        status.word = Status::Word::ok;
    } else if (word == "NO") {
        status.word = Status::Word::no;
    } else if (word != "BAD" && word != "BYE") {
        return std::nullopt;
    }
    if (text.starts_with('[')) {
        const auto end = std::min(text.find(']'), text.size());
        auto code = text.substr(1, end - 1);
        text.remove_prefix(std::min(end + 1, text.size()));
        status.code = upper(take_word(code));
        status.code_words = code;
    }
    for (const char c : text.substr(0, text_bytes_max)) {
        if (c >= ' ' && c <= '~' && !(c == ' ' && status.text.empty())) {
            status.text += c;
        }
    }
    return status;
}

std::optional<std::vector<std::uint32_t>> parse_search(std::string_view text)
{
    if (take_word(text) != "*" || upper(take_word(text)) != "SEARCH") {
        return std::nullopt;
    }
    std::vector<std::uint32_t> numbers;
    while (!text.empty()) {
        if (const auto number = number_of<std::uint32_t>(take_word(text))) {
            numbers.push_back(*number);
        }
    }
    std::ranges::sort(numbers);
    return numbers;
}

std::optional<Fetched> parse_fetch(const Response& response)
{
    std::string_view text = response.text;
    if (take_word(text) != "*" || !number_of<std::uint32_t>(take_word(text)) ||
        upper(take_word(text)) != "FETCH") {
        return std::nullopt;
    }
    Reader reader{text, response.literals};
    if (!reader.take('(')) {
        return std::nullopt;
    }
    Fetched fetched;
    for (reader.skip_blanks(); !reader.take(')'); reader.skip_blanks()) {
        const auto key = reader.take_key();
        std::optional<std::string> value;
        if (key.empty() || !reader.take_value(value)) {
            return std::nullopt;
        }
        keep(key, std::move(value), fetched);
    }
    return fetched;
}

std::string quoted(std::string_view text)
{
    std::string result{'"'};
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + '"';
}

std::string sequence_set(const std::vector<std::uint32_t>& numbers)
{
    std::string set;
    for (std::size_t at = 0; at < numbers.size();) {
        std::size_t last = at;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) {
            ++last;
        }
        set += set.empty() ? "" : ",";
        set += last == at ? fmt::format("{}", numbers[at])
                          : fmt::format("{}:{}", numbers[at], numbers[last]);
        at = last + 1;
    }
    return set;
}

Error error_of(const Status& status, std::string_view doing, const std::string& object)
{
    const auto kind = kind_of(status);
    const bool is_large = status.code == "LIMIT" || status.code == "TOOBIG";
    std::vector<ErrorFact> facts;
    if (!status.code.empty()) {
        facts.push_back({"code", status.code});
    }
    if (status.code == "THROTTLED" || status.code == "UNAVAILABLE" || status.code == "INUSE") {
        facts.push_back({"throttled", "yes"});
        facts.push_back({"retry_after", "0"});
    }
    return Error{kind,
                 fmt::format("{}: the server answers {}{}", doing,
                             status.code.empty() ? "" : fmt::format("[{}] ", status.code),
                             status.text),
                 object, is_large ? "--volsize makes the mails smaller" : ""}
        .with_facts(std::move(facts));
}

}  // namespace duplid::imap
