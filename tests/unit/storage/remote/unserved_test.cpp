#include "storage/remote/unserved.hpp"

#include "storage/remote/registry.hpp"
#include "storage/remote/schemes.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

namespace {

Error refused(const std::string& url)
{
    try {
        (void)remote::open(url, {});
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

// The one form of backends.md 2 for services that are gone.
TEST_CASE("a service that has closed is named with its day, what is left of it, and what to use")
{
    struct Row {
        const char* url;
        const char* begins;
        const char* names;
    };
    for (const auto& row : {
             Row{"ad://dir", "Amazon Drive closed on 2023-12-31; ", "ad://"},
             Row{"acd+acdcli://dir", "Amazon Drive closed on 2023-12-31; ", "acd+acdcli://"},
             Row{"cf+hubic://ctr", "hubiC (OVH) has closed; ", "cf+hubic://"},
             Row{"gdata+gdocs://u:secret@h/x",
                 "the Google Documents List API (gdata) closed on 2015-04-20; ", "gdata+gdocs://"},
             Row{"slate://6b8", "Slate (slate.host) has closed; ", "slate://"},
         }) {
        CAPTURE(row.url);
        const auto error = refused(row.url);
        const std::string words = error.what();
        CHECK(error.kind() == Error::Kind::invalid);
        CHECK(words.starts_with(row.begins));
        CHECK(words.find(std::string{"its servers no longer answer, so "} + row.names +
                         " cannot be used. Existing copies of these backups can be read from a "
                         "local folder with file://DIR. Alternatives: ") != std::string::npos);
        CHECK((words + error.object()).find("secret") == std::string::npos);
    }
}

TEST_CASE("a service without a backend is named in one line, together with rclone")
{
    for (const auto* url :
         {"b2://id:secret@bucket/d", "box:///d", "dpbx:///d", "gdocs://u:secret@h/d",
          "gdrive://id/d", "hsi://h/d", "idrived:///d", "jottacloud:///d",
          "mega://u:secret@mega.nz/d", "megav2://u@mega.nz/d", "megav3://u@mega.nz/d",
          "mf://u%40x:secret@mediafire.com/d", "onedrive://d", "pydrive://u@h/d",
          "pydrive+gdocs://u@h/d", "sx://h/d", "tahoe://alias/d"}) {
        CAPTURE(url);
        const auto error = refused(url);
        const std::string words = error.what();
        CHECK(error.kind() == Error::Kind::invalid);
        CHECK(words.starts_with("duplid does not reach "));
        CHECK(words.find("rclone://") != std::string::npos);
        CHECK(words.find('\n') == std::string::npos);
        CHECK((words + error.object()).find("secret") == std::string::npos);
    }
}

TEST_CASE("only schemes that nothing opens are refused so")
{
    for (const auto scheme : remote::supported_schemes()) {
        CAPTURE(scheme);
        CHECK(!remote::refusal_of(scheme, "").has_value());
        CHECK(remote::is_known_scheme(scheme));
    }
    CHECK(!remote::refusal_of("foo", "").has_value());
}
