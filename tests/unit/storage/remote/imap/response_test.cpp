// Answers as RFC 3501 and Dovecot have them.
#include "storage/remote/imap/response.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::imap;

TEST_CASE("the literal that follows a line is told by its end")
{
    CHECK(literal_after("* 1 FETCH (BODY[1] {12}") == 12U);
    CHECK(literal_after("* 1 FETCH (BODY[1] {4294967296}") == 4'294'967'296U);
    for (const auto* const line :
         {"", "}", "{}", "{12", "{1x}", "{-1}", "{99999999999999999999}", "* OK done"}) {
        CAPTURE(line);
        CHECK(!literal_after(line).has_value());
    }
}

TEST_CASE("how a command ended is read with its code")
{
    const auto appended = parse_status("OK [APPENDUID 38505 3955] APPEND completed");
    REQUIRE(appended.has_value());  // RFC 4315, 3
    CHECK(appended->is_ok());
    CHECK(appended->code == "APPENDUID");
    CHECK(appended->code_words == "38505 3955");
    CHECK(appended->text == "APPEND completed");
    const auto full = parse_status("NO [overquota] Quota exceeded\x1b");
    CHECK(full->word == Status::Word::no);
    CHECK(full->code == "OVERQUOTA");
    CHECK(full->text == "Quota exceeded");
    CHECK(parse_status("BAD")->word == Status::Word::bad);
    CHECK(parse_status("no [unfinished")->code == "UNFINISHED");
    CHECK(!parse_status("FETCH x").has_value());
    CHECK(!parse_status("").has_value());
}

TEST_CASE("what a search found is a list of numbers")
{
    CHECK(parse_search("* SEARCH 2 84 882") == std::vector<std::uint32_t>{2, 84, 882});
    CHECK(parse_search("* SEARCH")->empty());
    CHECK(parse_search("* search 9 x 3 99999999999") == std::vector<std::uint32_t>{3, 9});
    CHECK(!parse_search("* 3 EXISTS").has_value());
}

TEST_CASE("a fetched mail is read whatever form its values have")
{
    Response response;
    response.text =
        "* 12 FETCH (FLAGS (\\Seen (x \"y)\")) UID 7 BODY[HEADER.FIELDS (SUBJECT FROM)] "
        "{14} RFC822.SIZE 44827 BINARY.SIZE[1] 33 BODY[1]<0> \"a\\\"b\")";
    response.literals = {"Subject: x\r\n\r\n"};
    const auto fetched = parse_fetch(response);
    REQUIRE(fetched.has_value());
    CHECK(fetched->uid == 7);
    CHECK(fetched->header == "Subject: x\r\n\r\n");
    CHECK(fetched->mail_octets == 44'827U);
    CHECK(fetched->binary_bytes == 33U);
    CHECK(fetched->body == "a\"b");

    CHECK(!parse_fetch({"* 1 FETCH (UID 5 BODY[1] NIL)", {}})->body.has_value());
    for (const auto* const text :
         {"", "* 1 FETCH", "* 1 FETCH (", "* 1 FETCH (UID", "* 1 FETCH (UID 1", "* OK x",
          "* 1 FETCH (BODY[1] {5})", "* 1 FETCH (X \"y)", "* x FETCH (UID 1)"}) {
        CAPTURE(text);
        CHECK(!parse_fetch({text, {}}).has_value());
    }
    CHECK(!parse_fetch({"* 1 FETCH (X " + std::string(100'000, '('), {}}).has_value());
}

TEST_CASE("what is sent is quoted and short")
{
    CHECK(quoted("a \"b\" \\c") == "\"a \\\"b\\\" \\\\c\"");
    CHECK(sequence_set({1, 2, 3, 7, 9, 10}) == "1:3,7,9:10");
    CHECK(sequence_set({}).empty());
}

TEST_CASE("refusals are of the kinds of backends.md 3.6")
{
    using Kind = Error::Kind;
    struct Row {
        const char* text;
        Kind expected;
    };
    for (const auto& row : {
             Row{"NO [AUTHENTICATIONFAILED] x", Kind::denied},
             Row{"NO [OVERQUOTA] x", Kind::no_space},
             Row{"NO [NONEXISTENT] x", Kind::not_found},
             Row{"NO [TOOBIG] x", Kind::invalid},
             Row{"NO [THROTTLED] x", Kind::unreachable},
             Row{"NO x", Kind::unreachable},
             Row{"BYE x", Kind::invalid},
             Row{"BAD x", Kind::invalid},
         }) {
        CAPTURE(row.text);
        const auto error = error_of(*parse_status(row.text), "sending", "name");
        CHECK(error.kind() == row.expected);
        CHECK(error.object() == "name");
        CHECK(std::string{error.what()}.find(" x") != std::string::npos);
    }
    CHECK(error_of(*parse_status("NO [THROTTLED] x"), "", "").fact("throttled") != nullptr);
    CHECK(error_of(*parse_status("NO [OVERQUOTA] x"), "", "").fact("throttled") == nullptr);
}
