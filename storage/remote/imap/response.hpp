// What IMAP servers answer (RFC 3501, 7).
#pragma once

#include "storage/io/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::imap {

/// One answer without its last CRLF. Literals are taken out: "{12}" stays where each was.
struct Response {
    std::string text;
    std::vector<std::string> literals;
};

/// The size of the literal that follows a line: the number in "...{12}" at its end.
[[nodiscard]] std::optional<std::uint64_t> literal_after(std::string_view line) noexcept;

/// How a command ended.
struct Status {
    enum class Word { ok, no, bad } word = Word::bad;
    std::string code;        ///< in upper case: "OVERQUOTA", "APPENDUID"; empty: none
    std::string code_words;  ///< what follows it in the brackets
    std::string text;        ///< the rest, printable

    [[nodiscard]] bool is_ok() const noexcept { return word == Word::ok; }
};

/// Of "OK [CODE words] text", what stands behind a tag. Nothing for other words.
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

/// The numbers of "* SEARCH 1 2 3"; nothing when it is another answer.
[[nodiscard]] std::optional<std::vector<std::uint32_t>> parse_search(std::string_view text);

/// What a FETCH told of one mail.
struct Fetched {
    std::uint32_t uid = 0;
    std::optional<std::uint64_t> mail_octets;   ///< RFC822.SIZE
    std::optional<std::uint64_t> binary_bytes;  ///< BINARY.SIZE[1]
    std::optional<std::string> header;          ///< BODY[HEADER.FIELDS ...]
    std::optional<std::string> body;            ///< BODY[1] or a part of it
};

/// Nothing for other answers, and for those that are malformed.
[[nodiscard]] std::optional<Fetched> parse_fetch(const Response& response);

/// "text", with its quotes and backslashes escaped. `text` holds no CR, LF and NUL.
[[nodiscard]] std::string quoted(std::string_view text);

/// Numbers as a sequence set, "1:3,7". They are ascending.
[[nodiscard]] std::string sequence_set(const std::vector<std::uint32_t>& numbers);

/// A NO or BAD as an error, `doing` before the server's words.
[[nodiscard]] Error error_of(const Status& status, std::string_view doing,
                             const std::string& object);

}  // namespace duplid::imap
