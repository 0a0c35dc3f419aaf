#include "proto/envelope.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace duplid;
using proto::ErrorKind;
using proto::Json;

namespace {

proto::Request parse(const std::string& text)
{
    return proto::parse_request({text.begin(), text.end()});
}

}  // namespace

TEST_CASE("a request is taken apart, whatever the type of its id")
{
    const auto request = parse(R"({"jsonrpc":"2.0","id":"x","method":"hello","params":{"a":1}})");
    CHECK(request.id == "x");
    CHECK(request.method == "hello");
    CHECK(request.params["a"] == 1);
    CHECK(parse(R"({"jsonrpc":"2.0","id":-5,"method":"m"})").params.is_null());
}

TEST_CASE("a line that is no request is refused, with its id as far as one can be read")
{
    struct Row {
        std::string line;
        ErrorKind kind;
        Json id;
    };
    for (const auto& row : {
             Row{"", ErrorKind::parse_error, nullptr},
             Row{"{", ErrorKind::parse_error, nullptr},
             Row{"\xFF\xFE", ErrorKind::parse_error, nullptr},
             Row{R"({"jsonrpc":"2.0","id":1,"method":"m"} x)", ErrorKind::parse_error, nullptr},
             Row{"[]", ErrorKind::invalid_request, nullptr},
             Row{"1", ErrorKind::invalid_request, nullptr},
             Row{R"({"id":4,"method":"m"})", ErrorKind::invalid_request, 4},
             Row{R"({"jsonrpc":"1.0","id":4,"method":"m"})", ErrorKind::invalid_request, 4},
             Row{R"({"jsonrpc":"2.0","method":"m"})", ErrorKind::invalid_request, nullptr},
             Row{R"({"jsonrpc":"2.0","id":{},"method":"m"})", ErrorKind::invalid_request, nullptr},
             Row{R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", ErrorKind::invalid_request, nullptr},
             Row{R"({"jsonrpc":"2.0","id":4})", ErrorKind::invalid_request, 4},
             Row{R"({"jsonrpc":"2.0","id":4,"method":1})", ErrorKind::invalid_request, 4},
             Row{R"({"jsonrpc":"2.0","id":4,"method":"m","params":[1]})",
                 ErrorKind::invalid_request, 4},
         }) {
        CAPTURE(row.line);
        try {
            static_cast<void>(parse(row.line));
            FAIL("was accepted");
        } catch (const proto::RequestError& error) {
            CHECK(error.error().kind == row.kind);
            CHECK(error.id() == row.id);
        }
    }
}

TEST_CASE("replies, errors and notifications are told apart by the client")
{
    const auto reply =
        std::get<proto::Reply>(proto::parse_message(proto::reply_line(3, {{"a", 1}})));
    CHECK(reply.id == 3);
    REQUIRE(reply.error() == nullptr);
    CHECK(reply.result()["a"] == 1);

    const proto::RpcError sent{ErrorKind::wrong_secret, "it does not open", "key \xFF",
                               "try another", "detail"};
    const auto failure =
        std::get<proto::Reply>(proto::parse_message(proto::error_line("id", sent)));
    REQUIRE(failure.error() != nullptr);
    CHECK(failure.error()->kind == ErrorKind::wrong_secret);
    CHECK(failure.error()->cause == sent.cause);
    CHECK(failure.error()->object == sent.object);
    CHECK(failure.error()->hint == sent.hint);
    CHECK(failure.error()->detail == sent.detail);
    CHECK(failure.error()->exit_code() == proto::ExitCode::wrong_passphrase);

    const auto notification = std::get<proto::Notification>(
        proto::parse_message(proto::notification_line("event", {{"seq", 1}})));
    CHECK(notification.method == "event");
    CHECK(notification.params["seq"] == 1);
}

TEST_CASE("every line is one line, and has its newline")
{
    for (const auto& line :
         {proto::reply_line(1, {{"text", "a\nb\r\n"}}),
          proto::error_line(1, {ErrorKind::internal, "a\nb", "c\nd", "e\nf"}),
          proto::notification_line("event", {{"text", std::string{"\xFF\n"}}})}) {
        CHECK(line.find('\n') == line.size() - 1);
    }
}

TEST_CASE("an error of a newer daemon keeps its text and counts as a failure")
{
    const auto message = proto::parse_message(
        R"({"jsonrpc":"2.0","id":1,"error":{"code":99,"message":"new","data":{"name":"novel"}}})");
    const auto* error = std::get<proto::Reply>(message).error();
    REQUIRE(error != nullptr);
    CHECK(error->kind == ErrorKind::other);
    CHECK(error->cause == "new");
    CHECK(error->exit_code() == proto::ExitCode::failed);
}
