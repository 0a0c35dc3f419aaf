#include "storage/remote/swift/answers.hpp"

#include "storage/remote/swift/segments.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <string>

using namespace duplid;

namespace {

constexpr const char* catalog_v2 = R"({"access": {
    "token": {"id": "tk2", "expires": "2099-01-01T00:00:00Z"},
    "user": {"name": "u", "RAX-AUTH:defaultRegion": "DFW"},
    "serviceCatalog": [
        {"type": "compute", "endpoints": [{"region": "ORD", "publicURL": "https://no/"}]},
        {"type": "object-store", "endpoints": [
            {"region": "ORD", "publicURL": "https://ord/v1/A/", "internalURL": "https://int/v1/A"},
            {"region": "DFW", "publicURL": "https://dfw/v1/A"}]}]}})";

constexpr const char* catalog_v3 = R"({"token": {"catalog": [
    {"type": "identity", "endpoints": []},
    {"type": "object-store", "endpoints": [
        {"interface": "internal", "region": "One", "url": "https://int1/v1/A"},
        {"interface": "public", "region": "One", "url": "https://pub1/v1/A"},
        {"interface": "public", "region_id": "Two", "url": "https://pub2/v1/A/"}]}]}})";

swift::Account account(const char* region, const char* interface = "public")
{
    swift::Account result;
    result.family = "SWIFT";
    result.auth_url = "https://k/v3";
    result.region = region;
    result.interface = interface;
    return result;
}

Error failure_of(const std::function<void()>& action)
{
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

TEST_CASE("the catalogue of version 2 leads to the region and interface asked for")
{
    const auto session = swift::parse_session_v2(catalog_v2, account("ORD"));
    CHECK(session.storage_url == "https://ord/v1/A");
    CHECK(session.token.reveal() == "tk2");
    CHECK(swift::parse_session_v2(catalog_v2, account("ORD", "internal")).storage_url ==
          "https://int/v1/A");
    // Rackspace's accounts say which region is their own.
    CHECK(swift::parse_session_v2(catalog_v2, account("")).storage_url == "https://dfw/v1/A");
}

TEST_CASE("the catalogue of version 3 leads to the region and interface asked for")
{
    const io::Secret token{"tk3"};
    const auto url = [&](const swift::Account& given) {
        return swift::parse_session_v3(catalog_v3, token, given).storage_url;
    };
    CHECK(url(account("")) == "https://pub1/v1/A");
    CHECK(url(account("Two")) == "https://pub2/v1/A");
    CHECK(url(account("One", "internal")) == "https://int1/v1/A");
    CHECK(swift::parse_session_v3(catalog_v3, token, account("")).token.reveal() == "tk3");
}

TEST_CASE("a region that does not exist is refused with those that do")
{
    const auto error = failure_of(
        [] { (void)swift::parse_session_v3(catalog_v3, io::Secret{"t"}, account("No")); });
    CHECK(error.kind() == Error::Kind::invalid);
    CHECK(std::string{error.what()}.find("there is in One, Two") != std::string::npos);
    const auto none = failure_of(
        [] { (void)swift::parse_session_v3(R"({"token": {}})", io::Secret{"t"}, account("")); });
    CHECK(none.kind() == Error::Kind::invalid);
}

TEST_CASE("answers that are no catalogue may be better the next time")
{
    for (const auto* text : {"", "<html>", "[[[[", "{\"access\":"}) {
        CAPTURE(text);
        CHECK(failure_of([&] { (void)swift::parse_session_v2(text, account("")); }).kind() ==
              Error::Kind::unreachable);
    }
    // No token in the answer's header.
    CHECK(failure_of([] { (void)swift::parse_session_v3(catalog_v3, {}, account("")); }).kind() ==
          Error::Kind::unreachable);
}

TEST_CASE("a page has its objects, and the next one begins behind its last line of either kind")
{
    const auto page = swift::parse_page(
        R"([{"name": "p/a", "bytes": 12, "hash": "x"}, {"name": "p/b", "bytes": "odd"},
            {"subdir": "p/deeper/"}, 7])",
        "target");
    CHECK(page.objects == std::vector<remote::Listed>{{"p/a", 12}, {"p/b", remote::unknown_bytes}});
    CHECK(page.last == "p/deeper/");
    CHECK(swift::parse_page(R"([{"name": "p/a"}, {"subdir": "p/deeper/"}])", "t").last ==
          "p/deeper/");
    CHECK(swift::parse_page("[]", "t").last.empty());
    CHECK(failure_of([] { (void)swift::parse_page("{}", "t"); }).kind() ==
          Error::Kind::unreachable);
}

TEST_CASE("the segments behind a manifest are what it names")
{
    CHECK(swift::parse_manifest(
              R"([{"name": "/c_segments/o/slo/1/2/3/00000000", "bytes": 3, "hash": "x"},
                  {"name": "/elsewhere/x"}])",
              "o") == std::vector<std::string>{"/c_segments/o/slo/1/2/3/00000000", "/elsewhere/x"});
}

TEST_CASE("what a cluster can do is taken from its own words, within bounds")
{
    const auto told = swift::parse_abilities(
        R"({"swift": {"max_file_size": 1000000}, "slo": {"max_manifest_segments": 20}})");
    CHECK(told.has_static_large_objects);
    CHECK(told.segments_max == 20);
    CHECK(told.object_bytes_max == 1'000'000);
    for (const auto* text : {"", "{}", "[]", R"({"slo": 1, "swift": {"max_file_size": 0}})"}) {
        CAPTURE(text);
        const auto assumed = swift::parse_abilities(text);
        CHECK(!assumed.has_static_large_objects);
        CHECK(assumed.segments_max == 1000);
        CHECK(assumed.object_bytes_max == std::uint64_t{5} << 30U);
    }
}

TEST_CASE("statuses mean what Swift means by them, and its sentence is quoted without tags")
{
    struct Row {
        int status;
        Error::Kind kind;
        bool is_throttled;
    };
    for (const auto& row :
         {Row{401, Error::Kind::denied, false}, Row{403, Error::Kind::denied, false},
          Row{404, Error::Kind::not_found, false}, Row{412, Error::Kind::invalid, false},
          Row{413, Error::Kind::no_space, false}, Row{422, Error::Kind::corrupt, false},
          Row{429, Error::Kind::unreachable, true}, Row{498, Error::Kind::unreachable, true},
          Row{503, Error::Kind::unreachable, false}}) {
        CAPTURE(row.status);
        const http::Answer answer{
            .status = row.status,
            .headers = {},
            .text = "<html><h1>Title</h1>\n<p>The server could\n not.</p></html>"};
        const auto error = swift::error_from({.doing = "listing", .object = "x"}, answer);
        CHECK(error.kind() == row.kind);
        CHECK((error.fact("throttled") != nullptr) == row.is_throttled);
        CHECK(std::string{error.what()}.find("(Title The server could not.)") != std::string::npos);
    }
    const http::Answer keystone{.status = 401,
                                .headers = {},
                                .text = R"({"error": {"code": 401, "message": "no such user"}})"};
    CHECK(std::string{swift::error_from({.doing = "logging in"}, keystone).what()}.find(
              "(no such user)") != std::string::npos);
}

TEST_CASE("segments are as large as asked for, or larger where there were too many")
{
    swift::Abilities abilities{
        .has_static_large_objects = true, .segments_max = 10, .object_bytes_max = 1000};
    CHECK(swift::cut_of(95, 10, abilities) == swift::Cut{10, 10});
    CHECK(swift::cut_of(101, 10, abilities) == swift::Cut{11, 10});
    CHECK(swift::cut_of(2500, 5000, abilities) == swift::Cut{1000, 3});
}

TEST_CASE("a path is encoded for a URL, its slashes kept")
{
    CHECK(swift::encoded_path("c", "p/a b%\xc3\xa9") == "/c/p/a%20b%25%C3%A9");
    CHECK(swift::encoded_path("c d") == "/c%20d");
}
