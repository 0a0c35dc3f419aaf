// Files as mails, laid out as duplicity 0.8.22 does it (backends.md 3.6).
//
// Format facts: `From:` is the URL's path and `Subject:` the file's name; multipart/mixed with one
// part, application/binary in Base64. One line is ours, X-Duplid-Bytes: the file's size, which no
// server tells otherwise without decoding the mail; the reference passes over it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::imap {

/// What stands around the Base64 of a file.
struct Envelope {
    std::string head;
    std::string tail;
};

[[nodiscard]] Envelope envelope_for(std::string_view prefix, std::string_view name,
                                    std::uint64_t bytes);

/// The text of a header line: as it is where mail can carry that, else in encoded words (RFC 2047)
/// of UTF-8; bytes that are none pass through them unchanged.
[[nodiscard]] std::string encode_header(std::string_view text);
/// The other way round, for whatever the sender chose; character sets are not converted.
[[nodiscard]] std::string decode_header(std::string_view text);

/// What an answer with these three header lines says.
struct Heading {
    std::string prefix;
    std::string name;
    std::optional<std::uint64_t> bytes;
};
[[nodiscard]] Heading parse_heading(std::string_view lines);

}  // namespace duplid::imap
