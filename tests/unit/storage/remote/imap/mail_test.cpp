// Mails as duplicity lays them out; headers by RFC 2047.
#include "storage/remote/imap/mail.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid::imap;

TEST_CASE("encoded words of others are read as RFC 2047 has them")
{
    struct Row {
        const char* text;
        const char* expected;
    };
    // RFC 2047, 8: the examples with their displays, character sets not converted.
    for (const auto& row : {
             Row{"plain", "plain"},
             Row{"=?ISO-8859-1?Q?a?=", "a"},
             Row{"=?ISO-8859-1?Q?a?= b", "a b"},
             Row{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
             Row{"=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"},
             Row{"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"},
             Row{"=?ISO-8859-1?Q?a_b?=", "a b"},
             Row{"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
             Row{"=?utf-8?B?cMWZw61s?=", "p\xc5\x99\xc3\xadl"},
             Row{"=?utf-8?q?p=C5=99?=", "p\xc5\x99"},
             Row{"folded\r\n text", "folded text"},
             Row{"=?no", "=?no"},
             Row{"=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
             Row{"=?utf-8?b?!!!?=", "=?utf-8?b?!!!?="},
             Row{"=?utf-8?b?Zg==", "=?utf-8?b?Zg=="},
             Row{"100%=", "100%="},
         }) {
        CAPTURE(row.text);
        CHECK(decode_header(row.text) == row.expected);
    }
}

TEST_CASE("any name comes back from a header of plain lines")
{
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    for (const auto& name :
         {std::string{"duplicity-full.20240101T000000Z.vol1.difftar.gpg"}, std::string{" blanks "},
          std::string{"p\xc5\x99"}, std::string{"line\r\nbreak"}, std::string{"=?utf-8?b?Zg==?="},
          std::string{"say \"x\" \\"}, std::string(255, '\xff'), all, std::string{}}) {
        CAPTURE(name);
        const auto encoded = encode_header(name);
        CHECK(decode_header(encoded) == name);
        for (std::size_t at = 0; at < encoded.size(); ++at) {
            const bool is_fold = encoded.substr(at).starts_with("\r\n ") ||
                                 (at > 0 && encoded.substr(at - 1).starts_with("\r\n "));
            CHECK((is_fold || (encoded[at] >= ' ' && encoded[at] <= '~')));
        }
    }
    CHECK(encode_header("duplicity-full.x.manifest") == "duplicity-full.x.manifest");
}

TEST_CASE("a mail's heading is read whatever the order, the case and the folding of its lines")
{
    const auto heading = parse_heading("subject: a\r\n b\r\nFROM:  some/where \r\n"
                                       "X-Duplid-Bytes: 123\r\n\r\n");
    CHECK(heading.name == "a b");
    CHECK(heading.prefix == "some/where");
    CHECK(heading.bytes == 123U);
    CHECK(!parse_heading("X-Duplid-Bytes: 12x\r\n").bytes.has_value());
    CHECK(parse_heading("nonsense").name.empty());
}

TEST_CASE("a mail says what it is, and our own reading of it agrees")
{
    const auto mail = envelope_for("duplid_test", "a\xc5\x99", 5);
    const auto heading = parse_heading(mail.head);
    CHECK(heading.prefix == "duplid_test");
    CHECK(heading.name == "a\xc5\x99");
    CHECK(heading.bytes == 5U);
    CHECK(mail.head.find("Content-Type: application/binary\r\n") != std::string::npos);
    CHECK(mail.head.find("Content-Transfer-Encoding: base64\r\n\r\n") != std::string::npos);
    CHECK(mail.tail.ends_with("--\r\n"));
}
