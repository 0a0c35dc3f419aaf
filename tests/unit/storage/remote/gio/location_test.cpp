#include "storage/remote/gio/location.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

namespace {

std::string refusal_of(const char* url)
{
    try {
        (void)gio::locate(url);
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a URL is handed on as it is, with or without \"gio+\", but for slashes at its end")
{
    struct Row {
        const char* url;
        const char* uri;
    };
    for (const auto& row : {
             Row{"gio+sftp://me@host:2222/a/b", "sftp://me@host:2222/a/b"},
             Row{"sftp://me@host/a", "sftp://me@host/a"},
             Row{"gio+smb://DOM;me@host/share/dir/", "smb://DOM;me@host/share/dir"},
             Row{"GIO+DAV://Host/x//", "dav://Host/x"},
             Row{"gio+dav://host", "dav://host"},
             Row{"gio+dav://host/", "dav://host"},
             Row{"gio+dav://[::1]:80/x", "dav://[::1]:80/x"},
             Row{"gio+mtp://[usb:001,007]/Card", "mtp://[usb:001,007]/Card"},
             Row{"gio+google-drive://me%40mail.test/dir", "google-drive://me%40mail.test/dir"},
             Row{"gio+gio+dav://me@mail@host/x", "dav://me%40mail@host/x"},
             // What is no part of a URL is encoded; what is encoded stays.
             Row{"gio+smb://h/my files/100%25/\xc3\xa9", "smb://h/my%20files/100%25/%C3%A9"},
             Row{"gio+sftp://h/x?a=b#c", "sftp://h/x"},
             Row{"gio+sftp://h/x#c?d", "sftp://h/x"},
         }) {
        CAPTURE(row.url);
        CHECK(gio::locate(row.url).uri == row.uri);
    }
    CHECK(gio::locate("gio+sftp://h/x?a").has_query);
    CHECK_FALSE(gio::locate("gio+sftp://h/x#c?d").has_query);
}

TEST_CASE("the password is taken out, and both it and the user are decoded")
{
    const auto location = gio::locate("gio+dav://a%40b:p%2Fw%20d@host/x");
    CHECK(location.uri == "dav://a%40b@host/x");
    CHECK(location.user == "a@b");
    CHECK(location.password.reveal() == "p/w d");

    const auto without_user = gio::locate("gio+dav://:secret@host/x");
    CHECK(without_user.uri == "dav://host/x");
    CHECK(!without_user.user.has_value());
    CHECK(without_user.password.reveal() == "secret");

    CHECK_FALSE(gio::locate("gio+dav://me:@host/x").password.is_set());
    CHECK_FALSE(gio::locate("gio+dav://me@host/x").password.is_set());
}

TEST_CASE("half a password is never handed on")
{
    for (const auto* url : {"gio+dav://me:sec/ret@host/x", "gio+dav://me:sec?ret@host/x",
                            "gio+dav://me:sec#ret@host/x", "gio+dav://[::1]:sec/x"}) {
        CAPTURE(url);
        const auto why = refusal_of(url);
        CHECK(why.find("port") != std::string::npos);
        CHECK(why.find("ret") == std::string::npos);
    }
}

TEST_CASE("what is no URL behind \"gio+\" is refused")
{
    for (const auto* url :
         {"gio+://x", "gio+sftp:/x", "gio+sftp", "gio+", "", "gio+s\nh://h/x", "1://x"}) {
        CAPTURE(url);
        CHECK(!refusal_of(url).empty());
    }
}

TEST_CASE("names of files are encoded, whatever bytes they hold")
{
    const auto location = gio::locate("gio+sftp://h/x");
    CHECK(location.file("a-b_c.d~1") == "sftp://h/x/a-b_c.d~1");
    CHECK(location.file("a b/%?#\n\xff") == "sftp://h/x/a%20b%2F%25%3F%23%0A%FF");
    CHECK(gio::locate("gio+sftp://h/").file("a:b@c") == "sftp://h/a%3Ab%40c");
}

TEST_CASE("above a directory is its parent, and above all is nothing")
{
    CHECK(gio::parent_of("dav://me@h:80/a/b%2Fc") == "dav://me@h:80/a");
    CHECK(gio::parent_of("dav://me@h:80/a") == "dav://me@h:80");
    CHECK(!gio::parent_of("dav://me@h:80").has_value());
    CHECK(!gio::parent_of("afc://").has_value());
}

TEST_CASE("services that know files by ids are told by their scheme")
{
    CHECK(gio::locate("gio+google-drive://x/y").names_are_titles);
    CHECK(gio::locate("gio+onedrive://x/y").names_are_titles);
    CHECK_FALSE(gio::locate("gio+sftp://x/y").names_are_titles);
}
