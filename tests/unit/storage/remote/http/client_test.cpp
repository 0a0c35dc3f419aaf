// Method: a server on loopback that says what the case tells it to, and remembers what it was
// asked.
#include "storage/remote/http/client.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/loopback_server.hpp"

#include <algorithm>
#include <ctime>
#include <doctest/doctest.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fstream>
#include <thread>

using namespace duplid;
using namespace std::chrono_literals;
using support::LoopbackServer;

namespace {

std::string answer(std::string_view status, std::string_view body, std::string_view headers = {})
{
    return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                       headers, body);
}

LoopbackServer::Handler always(const LoopbackServer::Reply& reply)
{
    return [reply](const LoopbackServer::Seen&) { return reply; };
}

template <typename Action>
Error failure_of(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

std::string pattern(std::size_t bytes)
{
    std::string text;
    for (std::size_t at = 0; at < bytes; ++at) {
        text += static_cast<char>('a' + at * 7 % 26);
    }
    return text;
}

// As error_from_status() would have it for that answer.
Error judged(std::string_view status, std::string_view headers = {})
{
    const LoopbackServer server{always({.bytes = answer(status, "", headers)})};
    http::Client client{remote::RemoteOptions{}};
    const http::Request request{.url = server.url(), .doing = "asking for it", .object = "volume"};
    return http::error_from_status(request, client.perform(request), "as it says");
}

}  // namespace

TEST_CASE("a request goes out byte for byte, and the answer comes back")
{
    const LoopbackServer server{always(
        {.bytes = answer("200 OK", "content", "ETag:  \"x\" \r\nX-Two: 1\r\nx-two: 2\r\n")})};
    http::Client client{remote::RemoteOptions{}};
    const auto got = client.perform({.method = "PROPFIND",
                                     .url = server.url() + "/a/../b//%2e/c%20d?q=%2F",
                                     .headers = {{"Depth", "1"}, {"X-Empty", ""}},
                                     .body = std::string{"<body/>"}});
    CHECK(got.status == 200);
    CHECK(got.is_good());
    CHECK(got.text == "content");
    CHECK(got.header("etag") == "\"x\"");
    CHECK(got.header("x-two") == "1");
    CHECK(got.header("missing").empty());
    CHECK(got.content_bytes() == 7U);
    const auto seen = server.seen().at(0);
    CHECK(seen.head.starts_with("PROPFIND /a/../b//%2e/c%20d?q=%2F HTTP/1.1\r\n"));
    CHECK(seen.head.find("\r\nDepth: 1") != std::string::npos);
    CHECK(seen.head.find("\r\nX-Empty:") != std::string::npos);
    CHECK(seen.body == "<body/>");
    CHECK(seen.head.find("Authorization") == std::string::npos);
}

TEST_CASE("connections are used again")
{
    const LoopbackServer server{always({.bytes = answer("200 OK", "content")})};
    http::Client client{remote::RemoteOptions{}};
    for (int round = 0; round < 3; ++round) {
        CHECK(client.perform({.url = server.url()}).text == "content");
    }
    CHECK(server.seen().back().connection == 1);
}

TEST_CASE("only the body of a good answer goes into the sink")
{
    http::Client client{remote::RemoteOptions{}};
    struct Row {
        std::string_view status;
        std::string_view in_sink;
        std::string_view in_text;
    };
    for (const auto& row : {Row{"200 OK", "content", ""}, Row{"206 Partial Content", "content", ""},
                            Row{"404 Not Found", "", "content"}, Row{"302 Found", "", "content"},
                            Row{"503 Busy", "", "content"}}) {
        CAPTURE(row.status);
        const LoopbackServer server{
            always({.bytes = answer(row.status, "content", "Location: http://127.0.0.1:1/\r\n")})};
        io::MemorySink sink;
        const auto got = client.perform({.url = server.url(), .into = &sink});
        CHECK(io::text_of(sink.view()) == row.in_sink);
        CHECK(got.text == row.in_text);
    }
}

TEST_CASE("of a bad answer's body the beginning is kept, a good one that is too large is refused")
{
    http::Client client{remote::RemoteOptions{}};
    const auto body = pattern(1'000'000);
    const LoopbackServer bad{always({.bytes = answer("500 No", body)})};
    const auto got = client.perform({.url = bad.url()});
    CHECK(got.text == body.substr(0, 65536));

    const LoopbackServer good{always({.bytes = answer("200 OK", body)})};
    CHECK(failure_of([&] {
              (void)client.perform({.url = good.url(), .text_max = 999'999});
          }).kind() == Error::Kind::unreachable);
    CHECK(client.perform({.url = good.url(), .text_max = 1'000'000}).text == body);
}

TEST_CASE("an answer that is cut short is unreachable, and what came of it was passed on")
{
    http::Client client{remote::RemoteOptions{}};
    for (const std::string bytes :
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcde",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\nabcde"}) {
        CAPTURE(bytes);
        const LoopbackServer server{always({.bytes = bytes, .close = true})};
        io::MemorySink sink;
        const auto error = failure_of([&] {
            (void)client.perform(
                {.url = server.url(), .into = &sink, .doing = "fetching", .object = "volume"});
        });
        CHECK(error.kind() == Error::Kind::unreachable);
        CHECK(error.object() == "volume");
        CHECK(std::string_view{error.what()}.starts_with("fetching: "));
        CHECK(io::text_of(sink.view()) == "abcde");
    }
    const LoopbackServer empty{always({.bytes = "", .close = true})};
    CHECK(failure_of([&] { (void)client.perform({.url = empty.url()}); }).kind() ==
          Error::Kind::unreachable);
}

TEST_CASE("a part of a file is sent, again where the login needs that")
{
    auto file = io::TempFile::unnamed(io::default_temp_directory());
    for (const std::size_t bytes : {100'000U, 3'000'000U}) {
        CAPTURE(bytes);
        const auto content = pattern(bytes + 20);
        REQUIRE(::pwrite(file.fd(), content.data(), content.size(), 0) ==
                static_cast<ssize_t>(content.size()));
        const LoopbackServer server{[](const LoopbackServer::Seen& seen) -> LoopbackServer::Reply {
            if (seen.head.find("\r\nAuthorization: Digest ") != std::string::npos) {
                return {.bytes = answer("201 Created", "")};
            }
            return {.bytes = answer("401 Who", "",
                                    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
                                    "qop=\"auth\", algorithm=MD5\r\n")};
        }};
        http::Client client{remote::RemoteOptions{}};
        const http::Login login{.user = "a:b", .password = io::Secret{"pass word"}};
        const auto got = client.perform({.method = "PUT",
                                         .url = server.url() + "/x",
                                         .body = curl::FilePart{file.fd(), 10, bytes},
                                         .login = &login});
        CHECK(got.status == 201);
        const auto seen = server.seen();
        CHECK(seen.back().body == content.substr(10, bytes));
        CHECK(seen.back().head.find("username=\"a:b\"") != std::string::npos);
        CHECK(seen.back().head.find("pass word") == std::string::npos);
    }
}

TEST_CASE("a server that does not say that it wants a large body is waited for once")
{
    const std::string content(2'000'000, 'x');
    LoopbackServer server{always({.bytes = answer("201 Created", "")})};
    http::Client client{remote::RemoteOptions{}};
    const auto has_waited = [&] {
        CHECK(client.perform({.method = "PUT", .url = server.url(), .body = content}).status ==
              201);
        CHECK(server.seen().back().body == content);
        return server.seen().back().head.find("\r\nExpect: 100-continue") != std::string::npos;
    };
    CHECK(has_waited());
    CHECK(has_waited());
    server.keep_silent();
    CHECK(has_waited());
    CHECK(!has_waited());
}

TEST_CASE("a password is sent in the clear only where that was allowed")
{
    const LoopbackServer server{
        always({.bytes = answer("401 Who", "", "WWW-Authenticate: Basic realm=\"r\"\r\n")})};
    http::Client client{remote::RemoteOptions{}};
    const http::Login careful{.user = "u", .password = io::Secret{"p"}, .basic = false};
    CHECK(client.perform({.url = server.url(), .login = &careful}).status == 401);
    const auto seen = server.seen();
    CHECK(std::ranges::all_of(seen, [](const LoopbackServer::Seen& one) {
        return one.head.find("Authorization: Basic") == std::string::npos;
    }));
    const http::Login open{.user = "u", .password = io::Secret{"p"}};
    CHECK(client.perform({.url = server.url(), .login = &open}).status == 401);
    // "u:p" in base64.
    CHECK(server.seen().back().head.find("Authorization: Basic dTpw") != std::string::npos);
}

TEST_CASE("a server that says nothing is unreachable once the time-out has passed")
{
    remote::RemoteOptions options;
    options.timeout = 1s;
    http::Client client{options};
    for (const std::string bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcde"}) {
        CAPTURE(bytes);
        const LoopbackServer server{always({.bytes = bytes, .stall = true})};
        const auto error = failure_of([&] { (void)client.perform({.url = server.url()}); });
        CHECK(error.kind() == Error::Kind::unreachable);
        CHECK(error.hint().find("--timeout") != std::string::npos);
    }
}

TEST_CASE("a stop ends a transfer that would last for hours")
{
    std::stop_source stop;
    remote::RemoteOptions options;
    options.timeout = 10h;
    options.stop = stop.get_token();
    // The stop comes when the request has arrived.
    const LoopbackServer server{[&](const LoopbackServer::Seen&) -> LoopbackServer::Reply {
        stop.request_stop();
        return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .stall = true};
    }};
    http::Client client{options};
    CHECK(failure_of([&] { (void)client.perform({.url = server.url()}); }).kind() ==
          Error::Kind::cancelled);
}

TEST_CASE("what a sink throws ends the transfer and comes back as it is")
{
    struct Full final : io::Sink {
        void write(io::ByteView) override { throw Error{Error::Kind::no_space, "full", "there"}; }
    };
    const LoopbackServer server{always({.bytes = answer("200 OK", "content")})};
    http::Client client{remote::RemoteOptions{}};
    Full sink;
    const auto error =
        failure_of([&] { (void)client.perform({.url = server.url(), .into = &sink}); });
    CHECK(error.kind() == Error::Kind::no_space);
    CHECK(error.object() == "there");
}

TEST_CASE("a server whose certificate nobody vouches for is refused before it hears anything")
{
    const LoopbackServer server{always({.bytes = answer("200 OK", "content")}),
                                LoopbackServer::Tls::yes};
    const io::TempDirectory directory;
    const auto file = directory.path() + "/ca.pem";
    std::ofstream{file} << server.certificate();

    http::Client careful{remote::RemoteOptions{}};
    const auto error = failure_of([&] { (void)careful.perform({.url = server.url()}); });
    CHECK(error.kind() == Error::Kind::denied);
    CHECK(error.hint().find("--ssl-cacert-file") != std::string::npos);
    CHECK(server.seen().empty());

    remote::RemoteOptions options;
    options.tls.ca_file = file;
    CHECK(http::Client{options}.perform({.url = server.url()}).text == "content");
    options.tls.ca_file = directory.path() + "/missing.pem";
    CHECK(failure_of([&] { (void)http::Client{options}.perform({.url = server.url()}); }).kind() ==
          Error::Kind::invalid);

    // The reference's own place for it, in the caller's home.
    remote::RemoteOptions at_home;
    at_home.variables.set("HOME", directory.path());
    std::ofstream{directory.path() + "/duplicity_cacert.pem"} << server.certificate();
    CHECK(http::Client{at_home}.perform({.url = server.url()}).text == "content");

    remote::RemoteOptions careless;
    careless.tls.verify = false;
    CHECK(http::Client{careless}.perform({.url = server.url()}).text == "content");
}

TEST_CASE("the caller's proxy is used, and no other one")
{
    const LoopbackServer proxy{always({.bytes = answer("200 OK", "by proxy")})};
    const LoopbackServer server{always({.bytes = answer("200 OK", "directly")})};
    remote::RemoteOptions options;
    options.variables.set("http_proxy", proxy.url());
    CHECK(http::Client{options}.perform({.url = server.url()}).text == "by proxy");
    options.variables.set("no_proxy", "127.0.0.1");
    CHECK(http::Client{options}.perform({.url = server.url()}).text == "directly");
    REQUIRE(::setenv("http_proxy", proxy.url().c_str(), 1) == 0);
    CHECK(http::Client{remote::RemoteOptions{}}.perform({.url = server.url()}).text == "directly");
    ::unsetenv("http_proxy");
}

TEST_CASE("statuses mean what may help against them")
{
    using Kind = Error::Kind;
    struct Row {
        std::string_view status;
        Kind kind;
    };
    for (const auto& row :
         {Row{"401 x", Kind::denied}, Row{"403 x", Kind::denied}, Row{"404 x", Kind::not_found},
          Row{"410 x", Kind::not_found}, Row{"507 x", Kind::no_space}, Row{"400 x", Kind::invalid},
          Row{"405 x", Kind::invalid}, Row{"408 x", Kind::unreachable},
          Row{"500 x", Kind::unreachable}, Row{"502 x", Kind::unreachable},
          Row{"504 x", Kind::unreachable}, Row{"520 x", Kind::unreachable},
          Row{"530 x", Kind::invalid}}) {
        CAPTURE(row.status);
        const auto error = judged(row.status);
        CHECK(error.kind() == row.kind);
        CHECK(error.object() == "volume");
        CHECK(std::string_view{error.what()}.starts_with("asking for it: "));
        CHECK(std::string_view{error.what()}.find("as it says") != std::string_view::npos);
        CHECK(error.fact("throttled") == nullptr);
    }
    // 503 says "later" only when it says when.
    CHECK(judged("503 x").fact("throttled") == nullptr);
}

TEST_CASE("a wish for patience is told with the time it names, in either form")
{
    const auto later = std::time(nullptr) + 1000;
    const auto date =
        fmt::format("Retry-After: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(later));
    const auto seconds_of = [](std::string_view status, std::string_view headers) {
        const auto error = judged(status, headers);
        CHECK(error.kind() == Error::Kind::unreachable);
        REQUIRE(error.fact("throttled") != nullptr);
        REQUIRE(error.fact("retry_after") != nullptr);
        return std::stoul(*error.fact("retry_after"));
    };
    CHECK(seconds_of("503 x", "Retry-After: 120\r\n") == 120);
    CHECK(seconds_of("429 x", "retry-after:0\r\n") == 0);
    CHECK(seconds_of("429 x", "") == 0);
    CHECK(seconds_of("503 x", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == 0);
    CHECK(seconds_of("503 x", "Retry-After: soon\r\n") == 0);
    // No server keeps a run waiting for more than a day.
    CHECK(seconds_of("503 x", "Retry-After: 4000000000\r\n") == 86'400);
    const auto until_then = seconds_of("503 x", date);
    CHECK(until_then <= 1000);
    CHECK(until_then > 500);
}
