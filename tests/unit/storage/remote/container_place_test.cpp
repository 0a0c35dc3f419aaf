#include "storage/remote/container_place.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

TEST_CASE("a container and what is below it are taken from a URL")
{
    struct Row {
        const char* url;
        const char* container;
        const char* prefix;
    };
    for (const auto& row :
         {Row{"azure://ctr", "ctr", ""}, Row{"azure://ctr/", "ctr", ""},
          Row{"swift://ctr/set", "ctr", "set/"}, Row{"swift:///ctr//a%20b/c/", "ctr", "a b/c/"}}) {
        CAPTURE(row.url);
        const auto place = remote::container_place(remote::parse_url(row.url), {});
        CHECK(place.container == row.container);
        CHECK(place.prefix == row.prefix);
    }
    CHECK_THROWS_AS((void)remote::container_place(remote::parse_url("swift:///"), {}), Error);
}

TEST_CASE("a query has no effect, and that is said")
{
    std::string said;
    remote::RemoteOptions options;
    options.on_notice = [&](const std::string& text) { said += text; };
    CHECK(remote::container_place(remote::parse_url("swift://ctr/p?x=y"), options).prefix == "p/");
    CHECK(said.find("no effect") != std::string::npos);
}
