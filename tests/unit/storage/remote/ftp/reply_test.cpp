#include "storage/remote/ftp/reply.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using ftp::kind_of;
using ftp::parse_reply;

TEST_CASE("only the last line of an answer counts")
{
    const auto reply = parse_reply("226 Transfer complete\r\n");
    REQUIRE(reply.has_value());
    CHECK(reply->code == 226);
    CHECK(reply->text == "Transfer complete");
    CHECK(parse_reply("500")->code == 500);
    CHECK(parse_reply("213  12\x01\x1b\r\n")->text == "12");
    for (const auto* const line :
         {"", "22", "226-Transfer", "226x", "Content-Length: 12", " 226 x", "-26 x", "099 x"}) {
        CAPTURE(line);
        CHECK(!parse_reply(line).has_value());
    }
}

TEST_CASE("codes mean what backends.md 3.4 says")
{
    using Kind = Error::Kind;
    struct Row {
        int code;
        Kind expected;
    };
    for (const auto& row :
         {Row{421, Kind::unreachable}, Row{425, Kind::unreachable}, Row{426, Kind::unreachable},
          Row{450, Kind::unreachable}, Row{451, Kind::unreachable}, Row{452, Kind::no_space},
          Row{552, Kind::no_space}, Row{530, Kind::denied}, Row{532, Kind::denied},
          Row{550, Kind::not_found}, Row{553, Kind::invalid}, Row{500, Kind::invalid}}) {
        CAPTURE(row.code);
        CHECK(kind_of(row.code, Kind::not_found) == row.expected);
    }
    CHECK(kind_of(550, Kind::denied) == Kind::denied);
}
