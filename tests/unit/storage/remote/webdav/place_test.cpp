// Where a WebDAV URL leads, and where its server may send us.
#include "storage/io/error.hpp"
#include "storage/remote/webdav/place.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using webdav::moved;
using webdav::place_of;

namespace {

webdav::Place at(const char* url)
{
    return place_of(remote::parse_url(url));
}

}  // namespace

TEST_CASE("schemes with an s mean TLS, and slashes of the path are folded")
{
    struct Row {
        const char* url;
        const char* expected;
    };
    for (const auto& row : {
             Row{"webdav://host/dir", "http://host/dir/"},
             Row{"webdavs://me@host//a///b/", "https://host/a/b/"},
             Row{"http://host:80/", "http://host/"},
             Row{"https://host:8443", "https://host:8443/"},
             Row{"lftp+webdavs://HOST:443/x", "https://host/x/"},
             Row{"lftp+http://host/x", "http://host/x/"},
             Row{"webdav://[::1]:81/x", "http://[::1]:81/x/"},
             Row{"webdav://host/a%20b/50%25/p%C5%99", "http://host/a%20b/50%25/p%C5%99/"},
         }) {
        CAPTURE(row.url);
        CHECK(at(row.url).url() == row.expected);
    }
}

TEST_CASE("names are encoded, whatever they hold")
{
    const auto place = at("webdav://host/dir");
    CHECK(place.url_of("a:b+c %?#\n") == "http://host/dir/a%3Ab%2Bc%20%25%3F%23%0A");
    CHECK(place.path_of("x") == "/dir/x");
    CHECK(place.url_of_level(0) == "http://host/");
    CHECK(at("webdav://host/a/b").url_of_level(1) == "http://host/a/");
    CHECK(at("webdav://host/a%20b/c").plain_path() == "/a b/c");
}

TEST_CASE("a redirect on the same server, or from http to https, is followed")
{
    const auto place = at("webdav://host:8080/old/dir");
    struct Row {
        const char* name;
        const char* location;
        const char* expected;
    };
    for (const auto& row : {
             Row{"", "/new/dir/", "http://host:8080/new/dir/"},
             Row{"", "http://host:8080/new", "http://host:8080/new/"},
             Row{"", "http://somebody@HOST:8080/new#part", "http://host:8080/new/"},
             Row{"", "https://host/new/", "https://host/new/"},
             Row{"", "https://host:444/new/", "https://host:444/new/"},
             Row{"a b", "/new/a%20b", "http://host:8080/new/"},
             Row{"a b", "https://host/new/dir/a%20b", "https://host/new/dir/"},
         }) {
        CAPTURE(row.location);
        CHECK(moved(place, row.name, row.location).url() == row.expected);
    }
}

TEST_CASE("a redirect that would give the password to somebody else is not followed")
{
    struct Row {
        const char* from;
        const char* name;
        const char* location;
    };
    for (const auto& row : {
             Row{"webdav://host/dir", "", "http://other/dir/"},
             Row{"webdav://host/dir", "", "http://host:8080/dir/"},
             Row{"webdav://host/dir", "", "//other/dir/"},
             Row{"webdavs://host/dir", "", "http://host/dir/"},
             Row{"webdavs://host/dir", "", "https://host:444/dir/"},
             Row{"webdav://host/dir", "", "ftp://host/dir/"},
             Row{"webdav://host/dir", "", "dir/"},
             Row{"webdav://host/dir", "", "/login?from=dir"},
             Row{"webdav://host/dir", "", "http://host:99999/dir/"},
             Row{"webdav://host/dir", "", "http://[::1/dir/"},
             Row{"webdav://host/dir", "name", "/new/other"},
             Row{"webdav://host/dir", "name", "/"},
             Row{"webdav://host/dir", "name", ""},
             Row{"webdav://host/dir", "", ""},
         }) {
        CAPTURE(row.location);
        CHECK_THROWS_AS((void)moved(at(row.from), row.name, row.location), Error);
    }
}
