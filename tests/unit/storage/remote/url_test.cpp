// Witness: tests/golden/urls.json, how duplicity 0.8.22 takes URLs apart. Where we differ on
// purpose, the case is listed here with what we say instead.
#include "storage/remote/url.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace duplid;
using nlohmann::json;

namespace {

json golden_vectors()
{
    std::ifstream file{DUPLID_GOLDEN "/urls.json"};
    return json::parse(file).at("vectors");
}

json text_or_null(const std::optional<std::string>& text)
{
    return text ? json(*text) : json(nullptr);
}

// In the golden file paths without a network location keep the two slashes that backends remove.
std::string golden_path(const json& vector)
{
    auto path = vector.at("path").get<std::string>();
    return vector.at("host").is_null() ? path.substr(2) : path;
}

json parts_of(const remote::Url& url)
{
    return {{"scheme", url.scheme},
            {"user", text_or_null(url.user)},
            {"password", url.password.is_set() ? json(url.password.reveal()) : json(nullptr)},
            {"host", text_or_null(url.host)},
            {"port", url.port ? json(*url.port) : json(nullptr)},
            {"path", url.path},
            {"query", text_or_null(url.query)}};
}

json golden_parts(const json& vector)
{
    json parts;
    for (const auto* name : {"scheme", "user", "password", "host", "port", "query"}) {
        parts[name] = vector.at(name);
    }
    parts["path"] = golden_path(vector);
    return parts;
}

// Deviations of command-line.md 8.1, 8.2 and 13 (10): members that differ.
const std::map<std::string, json> deviating_parts{
    // An artefact makes this the relative path "abs"; ours means what it says.
    {"file:////abs", {{"path", "/abs"}}},
    // Has no backend in the reference; ours is an alias of sftp.
    {"ssh://u@h/x", {{"host", "h"}, {"path", "/x"}}},
    // The reference's parser drops the port here, and its rsync backend finds it again in the text.
    {"rsync://u@host:873::module/x", {{"port", 873}}},
};

// Paths for us (8.1): no "://", and no scheme anybody knows.
const std::map<std::string, bool> deviating_is_url{{"c:/x", false}};

}  // namespace

TEST_CASE("URLs are taken apart as duplicity does, but for the listed deviations")
{
    int parsed = 0;
    for (const auto& vector : golden_vectors()) {
        const auto text = vector.at("url").get<std::string>();
        CAPTURE(text);
        if (vector.contains("error")) {
            CHECK_THROWS_AS((void)remote::parse_url(text), Error);
            continue;
        }
        if (!vector.at("is_url").get<bool>()) {
            CHECK_FALSE(remote::looks_like_url(text));
            continue;
        }
        auto expected = golden_parts(vector);
        if (const auto found = deviating_parts.find(text); found != deviating_parts.end()) {
            expected.update(found->second);
        }
        CHECK(parts_of(remote::parse_url(text)) == expected);
        const auto found = deviating_is_url.find(text);
        CHECK(remote::looks_like_url(text) ==
              (found == deviating_is_url.end() ? true : found->second));
        ++parsed;
    }
    CHECK(parsed > 50);
}

TEST_CASE("an error names what is wrong, and the URL without its password")
{
    struct Row {
        const char* url;
        const char* shown;
        const char* reason;
    };
    for (const auto& row : {
             Row{"sftp://u:secret@/x", "sftp://u:*****@/x", "host is missing"},
             Row{"sftp://u:secret@h:99999/x", "sftp://u:*****@h:99999/x", "port"},
             Row{"sftp://u:se/cret@h/x", "sftp://u:*****@h/x", "port"},
             Row{"sftp://u:secret@[::1/x", "sftp://u:*****@[::1/x", "without \"]\""},
             Row{"file:rel", "file:rel", "a path must follow"},
             Row{"sftp://h/a%00b", "sftp://h/a%00b", "NUL"},
             Row{"/path", "/path", "no scheme"},
         }) {
        CAPTURE(row.url);
        try {
            (void)remote::parse_url(row.url);
            FAIL_CHECK("accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
            CHECK(error.object() == row.shown);
            CHECK(std::string{error.what()}.find(row.shown) != std::string::npos);
            CHECK(std::string{error.what()}.find(row.reason) != std::string::npos);
            CHECK(std::string{error.what()}.find("secret") == std::string::npos);
            CHECK(std::string{error.what()}.find("\"se\"") == std::string::npos);
        }
    }
}

TEST_CASE("an rsync daemon is told from rsync over ssh by its two colons")
{
    struct Row {
        const char* url;
        const char* host;
        std::optional<std::string> module;
    };
    for (const auto& row : {Row{"rsync://host::module/dir", "host", "module"},
                            Row{"rsync://host::/module/dir", "host", ""},
                            Row{"rsync://u@host:873::module/x", "host", "module"},
                            Row{"rsync://[::1]::module/x", "::1", "module"},
                            Row{"rsync://[::1]:873/x", "::1", std::nullopt},
                            Row{"rsync://u@host/rel", "host", std::nullopt}}) {
        CAPTURE(row.url);
        const auto url = remote::parse_url(row.url);
        CHECK(url.host == row.host);
        CHECK(url.rsync_module == row.module);
    }
}

TEST_CASE("what is a URL and what a path follows the rule of our own")
{
    struct Row {
        const char* text;
        bool is_url;
    };
    for (const auto& row :
         {Row{"file:///x", true}, Row{"file:/x", true}, Row{"FILE:/x", true}, Row{"foo://x", true},
          Row{"foo:/x", false}, Row{"a:b", false}, Row{"C:\\x", false}, Row{"c:/x", false},
          Row{"./a:b", false}, Row{"par2+foo:/x", true}, Row{"a_b://x", false}, Row{"", false},
          Row{":", false}, Row{"sftp", false}, Row{"sftp:", false}}) {
        CAPTURE(row.text);
        CHECK(remote::looks_like_url(row.text) == row.is_url);
    }
}

TEST_CASE("no form of a password survives redaction")
{
    struct Row {
        const char* text;
        const char* shown;
    };
    for (const auto& row : {
             Row{"sftp://u:secret@h/x", "sftp://u:*****@h/x"},
             Row{"sftp://:secret@h/x", "sftp://:*****@h/x"},
             Row{"sftp://u:se:cr@et@h/x", "sftp://u:*****@h/x"},
             Row{"sftp://u:secret@h:22//x", "sftp://u:*****@h:22//x"},
             Row{"sftp://u:se/c?r#et@h/x", "sftp://u:*****@h/x"},
             Row{"b2://id:secret@bucket/x", "b2://id:*****@bucket/x"},
             Row{"par2+sftp://u:secret@h/x", "par2+sftp://u:*****@h/x"},
             Row{"foo://u:secret@h", "foo://u:*****@h"},
             Row{"sftp://u@h:22/x", "sftp://u@h:22/x"},
             Row{"sftp://h:22/a@b", "sftp://h:22/a@b"},
             Row{"sftp://u@h/x", "sftp://u@h/x"},
             Row{"file:///a:b@c", "file:///a:b@c"},
             Row{"rclone://remote:/dir@x", "rclone://remote:/dir@x"},
             Row{"/local/a:b@c", "/local/a:b@c"},
             Row{"a:b@c", "a:b@c"},
             Row{"sftp://u:", "sftp://u:"},
             Row{"sftp://h@x:22", "sftp://h@x:22"},
             Row{"", ""},
         }) {
        CAPTURE(row.text);
        CHECK(remote::redacted(row.text) == row.shown);
    }
}

TEST_CASE("random text never makes the parser read beyond it, and a password is never shown")
{
    constexpr std::string_view letters = ":/@?#%[]+.-a1Zs\0 ";
    std::minstd_rand generator{20'240'101};
    for (int round = 0; round < 200'000; ++round) {
        std::string text = round % 2 == 0 ? "sftp://u:SECRET" : "";
        const auto length = generator() % 24;
        for (unsigned i = 0; i < length; ++i) {
            text += letters[generator() % letters.size()];
        }
        if (round % 2 == 0) {
            text += "@h/x";
        }
        try {
            const auto url = remote::parse_url(text);
            (void)remote::canonical(url, "/w");
            if (url.password.is_set()) {
                const auto shown = remote::redacted(text);
                CHECK(shown.find("SECRET") == std::string::npos);
            }
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
            CHECK(std::string_view{error.what()}.find("SECRET") == std::string_view::npos);
        }
    }
}
