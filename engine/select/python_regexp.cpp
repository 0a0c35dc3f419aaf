#include "engine/select/python_regexp.hpp"

#include "engine/select/problem.hpp"
#include "engine/select/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace duplid::select {

namespace {

constexpr char32_t stray_to_private = 0x10FF00 - 0xDC00;

bool is_digit(char32_t c) noexcept
{
    return c >= U'0' && c <= U'9';
}

bool is_octal(char32_t c) noexcept
{
    return c >= U'0' && c <= U'7';
}

bool is_letter(char32_t c) noexcept
{
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}

int hex_value(char32_t c) noexcept
{
    if (is_digit(c)) {
        return static_cast<int>(c - U'0');
    }
    const auto lower = lower_case(c);
    return lower >= U'a' && lower <= U'f' ? static_cast<int>(lower - U'a') + 10 : -1;
}

char32_t valid(char32_t c) noexcept
{
    return is_stray_byte(c) ? c + stray_to_private : c;
}

class Translator {
public:
    explicit Translator(std::string_view python) : given_{python}, text_{decode(python)} {}

    PcrePattern run();

private:
    [[noreturn]] void fail(std::string_view what) const;
    [[nodiscard]] bool more() const noexcept { return at_ < text_.size(); }
    // NUL past the end, which no option value can hold.
    [[nodiscard]] char32_t peek(std::size_t ahead = 0) const noexcept
    {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : U'\0';
    }
    void put(char32_t c) { append_utf8(out_.text, valid(c)); }
    void put_code(char32_t c);
    [[nodiscard]] bool is_verbose() const noexcept { return verbose_.back(); }

    void escape(bool in_class);
    void numbered(bool in_class);
    void hexadecimal(std::size_t digits);
    void character_class();
    void open_group();
    void flags();
    void braces();
    void copy_through(char32_t last);

    std::string_view given_;
    std::u32string text_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;  // after the comments and global flags at the front
    PcrePattern out_;
    std::vector<bool> verbose_{false};  // (?x), one for each open group
};

void Translator::fail(std::string_view what) const
{
    throw SelectionError{
        SelectionProblem::bad_expression,
        fmt::format("regular expression '{}': {} at position {}", given_, what, at_),
        std::string{given_}};
}

void Translator::put_code(char32_t c)
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        fail("no such character");
    }
    out_.text += fmt::format("\\x{{{:x}}}", static_cast<std::uint32_t>(c));
}

PcrePattern Translator::run()
{
    while (more()) {
        const auto c = peek();
        if (c == U'\\') {
            escape(false);
        } else if (c == U'[') {
            character_class();
        } else if (c == U'(') {
            open_group();
        } else if (c == U')') {
            // Unbalanced ones are PCRE2's to complain of.
            if (verbose_.size() > 1) {
                verbose_.pop_back();
            }
            put(c);
            ++at_;
        } else if (c == U'{') {
            braces();
        } else if (c == U'#' && is_verbose()) {
            copy_through(U'\n');
        } else {
            put(c);
            ++at_;
        }
    }
    return std::move(out_);
}

// Through the next `last`, or all that is left.
void Translator::copy_through(char32_t last)
{
    while (more()) {
        const auto c = peek();
        put(c);
        ++at_;
        if (c == last) {
            return;
        }
    }
}

void Translator::escape(bool in_class)
{
    const auto c = peek(1);
    if (at_ + 1 >= text_.size()) {
        fail("a backslash at the end");
    }
    if (is_digit(c)) {
        numbered(in_class);
        return;
    }
    if (c == U'x' || c == U'u' || c == U'U') {
        hexadecimal(c == U'x' ? 2 : c == U'u' ? 4 : 8);
        return;
    }
    if (is_letter(c)) {
        constexpr std::u32string_view same = U"dDsSwWafnrt";
        if (c == U'v') {
            put_code(U'\v');
        } else if (c == U'Z' && !in_class) {
            out_.text += "\\z";  // PCRE2's \Z also stops before a last newline
        } else if (same.find(c) != std::u32string_view::npos || c == U'b' ||
                   ((c == U'A' || c == U'B') && !in_class)) {
            out_.text += '\\';
            put(c);
        } else {
            fail("bad escape");
        }
    } else {
        // A character that has no meaning with a backslash, or loses its own.
        if (c < 0x80) {
            out_.text += '\\';
        }
        put(c);
    }
    at_ += 2;
}

// A number is octal if it begins with 0 or has three octal digits, else it names a group.
void Translator::numbered(bool in_class)
{
    ++at_;
    const bool three = is_octal(peek()) && is_octal(peek(1)) && is_octal(peek(2));
    if (peek() == U'0' || three || in_class) {
        constexpr std::size_t digits_max = 3;
        constexpr char32_t octal_max = 0377;
        char32_t value = 0;
        std::size_t digits = 0;
        for (; digits < digits_max && is_octal(peek()); ++digits, ++at_) {
            value = value * 8 + (peek() - U'0');
        }
        if (digits == 0 || value > octal_max) {
            fail("bad octal escape");
        }
        put_code(value);
        return;
    }
    char32_t group = peek() - U'0';
    ++at_;
    if (is_digit(peek())) {
        group = group * 10 + (peek() - U'0');
        ++at_;
    }
    out_.text += fmt::format("\\g{{{}}}", static_cast<std::uint32_t>(group));
}

void Translator::hexadecimal(std::size_t digits)
{
    at_ += 2;
    char32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
        const auto digit = hex_value(peek());
        if (digit < 0) {
            fail("incomplete escape");
        }
        value = value * 16 + static_cast<char32_t>(digit);
    }
    put_code(value);
}

// Inside a class Python gives no meaning to `[`; PCRE2 would see [:alpha:] and the like.
void Translator::character_class()
{
    put(U'[');
    ++at_;
    if (peek() == U'^') {
        put(U'^');
        ++at_;
    }
    for (bool first = true;; first = false) {
        if (!more()) {
            fail("unterminated character set");
        }
        const auto c = peek();
        if (c == U'\\') {
            escape(true);
            continue;
        }
        if (c == U'[' || (c == U']' && first)) {
            out_.text += '\\';
        }
        put(c);
        ++at_;
        if (c == U']' && !first) {
            return;
        }
    }
}

void Translator::open_group()
{
    if (peek(1) == U'*') {
        fail("nothing to repeat");
    }
    if (peek(1) != U'?') {
        verbose_.push_back(is_verbose());
        put(U'(');
        ++at_;
        return;
    }
    const auto kind = peek(2);
    if (kind == U'#') {
        if (std::find(text_.begin() + static_cast<std::ptrdiff_t>(at_), text_.end(), U')') ==
            text_.end()) {
            fail("unterminated comment");
        }
        const bool at_start = at_ == start_;
        copy_through(U')');
        start_ = at_start ? at_ : start_;
        return;
    }
    if (kind == U'P' && peek(3) == U'=') {
        copy_through(U')');
        return;
    }
    std::size_t introduction = 0;  // characters to copy as they are
    if (kind == U':' || kind == U'=' || kind == U'!' || kind == U'>') {
        introduction = 3;
    } else if ((kind == U'<' && (peek(3) == U'=' || peek(3) == U'!')) ||
               (kind == U'P' && peek(3) == U'<')) {
        introduction = 4;
    } else if (kind == U'(') {
        // (?(1)yes|no) and (?(name)yes|no); names that mean something else to PCRE2 are refused.
        const auto close = text_.find(U')', at_);
        if (close == std::u32string::npos) {
            fail("missing parenthesis");
        }
        const auto name = text_.substr(at_ + 3, close - at_ - 3);
        const bool plain = std::all_of(name.begin(), name.end(), [](char32_t c) {
            return is_letter(c) || is_digit(c) || c == U'_';
        });
        if (name.empty() || !plain || name == U"DEFINE" || name.front() == U'R') {
            fail("unknown condition");
        }
        introduction = close + 1 - at_;
    } else {
        flags();
        return;
    }
    verbose_.push_back(is_verbose());
    for (; introduction > 0; --introduction, ++at_) {
        put(peek());
    }
}

// (?ims) for the whole pattern, (?i-s:...) for a group.
void Translator::flags()
{
    const bool at_start = at_ == start_;
    at_ += 2;
    bool verbose = is_verbose();
    bool on = true;
    bool ascii = false;
    std::string kept;
    for (;; ++at_) {
        const auto c = peek();
        if (c == U'i' || c == U'm' || c == U's') {
            kept += static_cast<char>(c);
        } else if (c == U'x') {
            kept += 'x';
            verbose = on;
        } else if (c == U'a' && on) {
            ascii = true;
        } else if (c == U'-' && on) {
            kept += '-';
            on = false;
        } else if (c == U')' || c == U':') {
            break;
        } else if (c != U'u' || !on) {
            fail("unknown extension");
        }
    }
    const bool is_group = peek() == U':';
    if (!is_group && (!at_start || !on)) {
        fail("global flags not at the start of the expression");
    }
    if (is_group && ascii) {
        fail("the flag a is known for whole expressions only");
    }
    out_.unicode_classes = out_.unicode_classes && !ascii;
    out_.text += "(?" + kept;
    put(peek());
    ++at_;
    if (is_group) {
        verbose_.push_back(verbose);
    } else {
        verbose_.back() = verbose;
        start_ = at_;
    }
}

// Only {n}, {n,}, {,n} and {n,m} repeat, any other brace is itself. PCRE2 does not know {,n}.
void Translator::braces()
{
    auto end = at_ + 1;
    const auto digits = [&] {
        const auto begin = end;
        while (end < text_.size() && is_digit(text_[end])) {
            ++end;
        }
        return text_.substr(begin, end - begin);
    };
    const auto least = digits();
    const bool has_comma = end < text_.size() && text_[end] == U',';
    if (has_comma) {
        ++end;
    }
    const auto most = has_comma ? digits() : std::u32string{};
    const bool repeats = end < text_.size() && text_[end] == U'}' && (has_comma || !least.empty());
    if (!repeats) {
        out_.text += "\\{";
        ++at_;
        return;
    }
    put(U'{');
    for (const auto c : least.empty() ? std::u32string{U"0"} : least) {
        put(c);
    }
    if (has_comma) {
        put(U',');
    }
    for (const auto c : most) {
        put(c);
    }
    put(U'}');
    at_ = end + 1;
}

}  // namespace

PcrePattern to_pcre(std::string_view python)
{
    return Translator{python}.run();
}

std::string subject_of(std::string_view path)
{
    std::string subject;
    subject.reserve(path.size());
    for (std::size_t at = 0; at < path.size();) {
        const auto [character, bytes] = character_at(path, at);
        append_utf8(subject, valid(character));
        at += bytes;
    }
    return subject;
}

}  // namespace duplid::select
