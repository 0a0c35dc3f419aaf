#include "engine/codec/gpg_status.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <charconv>

namespace duplid::codec {

namespace {

constexpr std::string_view line_head = "[GNUPG:] ";
constexpr std::size_t line_bytes_max = std::size_t{64} << 10U;
constexpr unsigned code_mask = 0xFFFF;  // above it: which part of GnuPG says so

/// Takes the first word from the front of `text`.
std::string_view take_word(std::string_view& text)
{
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

/// The number a word begins with ("11_BAD_PASSPHRASE"); 0 for none.
unsigned number_of(std::string_view word)
{
    unsigned number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    return number;
}

std::string last_word(std::string_view text)
{
    const auto blank = text.rfind(' ');
    return std::string{blank == std::string_view::npos ? text : text.substr(blank + 1)};
}

}  // namespace

bool GpgSaid::has_code(unsigned code) const noexcept
{
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

void StatusReader::add(io::ByteView bytes)
{
    auto text = io::text_of(bytes);
    while (!text.empty()) {
        const auto end = text.find('\n');
        line_ += text.substr(0, end);
        if (line_.size() > line_bytes_max) {
            throw Error{Error::Kind::unreachable, "gpg says what no gpg says"};
        }
        if (end == std::string_view::npos) {
            return;
        }
        text.remove_prefix(end + 1);
        if (line_.starts_with(line_head)) {
            auto rest = std::string_view{line_}.substr(line_head.size());
            const auto keyword = take_word(rest);
            take(keyword, rest);
        }
        line_.clear();
    }
}

void StatusReader::take(std::string_view keyword, std::string_view arguments)
{
    auto rest = arguments;
    if (keyword == "END_ENCRYPTION") {
        said_.encryption_ended = true;
    } else if (keyword == "BEGIN_DECRYPTION") {
        said_.decryption_begun = true;
    } else if (keyword == "DECRYPTION_OKAY") {
        said_.decryption_okay = true;
    } else if (keyword == "END_DECRYPTION") {
        said_.decryption_ended = true;
    } else if (keyword == "GOODMDC") {
        said_.is_authentic = true;
    } else if (keyword == "DECRYPTION_INFO") {
        // mdc method, cipher, AEAD mode; the last is 0 for none and unknown to older versions.
        const bool has_three = std::count(rest.begin(), rest.end(), ' ') == 2;
        said_.is_authentic = has_three && last_word(rest) != "0";
    } else if (keyword.starts_with("NEED_PASSPHRASE")) {  // or ..._SYM, ..._PIN
        said_.wants_passphrase = true;
    } else if (keyword == "MISSING_PASSPHRASE") {
        said_.no_passphrase = true;
    } else if (keyword == "NO_SECKEY") {
        said_.no_secret_key = true;
    } else if (keyword == "NODATA") {
        said_.no_data = true;
    } else if (keyword == "CANCELED_BY_USER") {
        said_.cancelled = true;
    } else if (keyword == "FAILURE" || keyword == "ERROR") {
        const auto where = take_word(rest);
        said_.refuses_options |= where == "option-parser";
        said_.codes.push_back(number_of(take_word(rest)) & code_mask);
    } else if (keyword == "INV_RECP" || keyword == "INV_SGNR") {
        const auto reason = number_of(take_word(rest));
        auto& refused = keyword == "INV_RECP" ? said_.refused_recipients : said_.refused_signers;
        refused.push_back({reason, std::string{rest}});
    } else if (keyword == "SIG_CREATED") {
        said_.signed_by.push_back(last_word(rest));
    } else {
        take_signature_line(keyword, arguments);
    }
}

// Each signature begins with NEWSIG; then comes what gpg thinks of it, and for those that are right
// VALIDSIG, whose first argument is the signing key and whose tenth and last is the primary key.
void StatusReader::take_signature_line(std::string_view keyword, std::string_view arguments)
{
    using State = GpgSaid::Signature::State;
    auto& signatures = said_.signatures;
    if (keyword == "NEWSIG") {
        signatures.emplace_back();
        return;
    }
    if (signatures.empty()) {
        return;
    }
    auto& signature = signatures.back();
    if (keyword == "GOODSIG") {
        signature.state = State::good;
        signature.key = take_word(arguments);
    } else if (keyword == "EXPSIG" || keyword == "EXPKEYSIG" || keyword == "REVKEYSIG") {
        signature.state = State::dated;
        signature.key = take_word(arguments);
    } else if (keyword == "BADSIG") {
        signature.state = State::bad;
        signature.key = take_word(arguments);
    } else if (keyword == "ERRSIG") {
        // key id, two algorithms, class, time, code
        signature.state = State::unchecked;
        signature.key = take_word(arguments);
        for (int i = 0; i < 4; ++i) {
            take_word(arguments);
        }
        signature.code = number_of(take_word(arguments)) & code_mask;
    } else if (keyword == "VALIDSIG") {
        signature.primary = last_word(arguments);
        signature.key = take_word(arguments);
    }
}

}  // namespace duplid::codec
