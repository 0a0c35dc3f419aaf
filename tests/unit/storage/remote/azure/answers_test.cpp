#include "storage/remote/azure/answers.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

namespace {

http::Answer answer(int status, const char* text, std::vector<http::Header> headers = {})
{
    return {.status = status, .headers = std::move(headers), .text = text};
}

std::string error_text(const char* code, const char* message)
{
    return std::string{"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>"} +
           code + "</Code><Message>" + message + "\nRequestId:1\nTime:2</Message></Error>";
}

}  // namespace

// The form is that of "List Blobs" in Azure's documentation.
TEST_CASE("a page has its blobs with their sizes, and the next page's marker")
{
    const auto page = azure::parse_page(
        R"(<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://x/">
<Prefix>p/</Prefix><Delimiter>/</Delimiter><Blobs>
<Blob><Name>p/a &amp; b</Name><Properties><Content-Length>12</Content-Length></Properties></Blob>
<BlobPrefix><Name>p/deeper/</Name></BlobPrefix>
<Blob><Name>p/odd</Name><Properties><Content-Length>-1</Content-Length></Properties></Blob>
<Blob><Properties><Content-Length>1</Content-Length></Properties></Blob>
<Blob><Name>p/bare</Name></Blob>
</Blobs><NextMarker>2!88!x--</NextMarker></EnumerationResults>)",
        "target");
    CHECK(page.blobs == std::vector<remote::Listed>{{"p/a & b", 12},
                                                    {"p/odd", remote::unknown_bytes},
                                                    {"p/bare", remote::unknown_bytes}});
    CHECK(page.next == "2!88!x--");
}

TEST_CASE("a page that is none is an answer that may be better the next time")
{
    for (const auto* text : {"", "<html><body>proxy</body></html>", "<EnumerationResults/>",
                             "<Error><Blobs/></Error>", "not xml"}) {
        CAPTURE(text);
        try {
            (void)azure::parse_page(text, "target");
            FAIL("nothing was thrown");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::unreachable);
        }
    }
}

// The form is that of "Get Block List" in Azure's documentation.
TEST_CASE("blocks that an upload has left are known by their names, decoded")
{
    CHECK(azure::parse_unused_blocks(
              "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><CommittedBlocks><Block><Name>"
              "Zm9v</Name><Size>1</Size></Block></CommittedBlocks><UncommittedBlocks><Block><Name>"
              "Zm9vYg==</Name><Size>2</Size></Block><Block><Name>?</Name></Block>"
              "</UncommittedBlocks></BlockList>",
              "name") == std::vector<std::string>{"foob"});
    CHECK(azure::parse_unused_blocks("<BlockList/>", "name").empty());
    CHECK_THROWS_AS((void)azure::parse_unused_blocks("<Other/>", "name"), Error);
}

TEST_CASE("the code of an error stands in a header or in the body")
{
    CHECK(azure::code_of(answer(404, "", {{"x-ms-error-code", "BlobNotFound"}})) == "BlobNotFound");
    CHECK(azure::code_of(answer(404, error_text("BlobNotFound", "gone").c_str())) ==
          "BlobNotFound");
    CHECK(azure::code_of(answer(404, "<html>")).empty());
}

TEST_CASE("codes say what statuses leave open")
{
    struct Row {
        int status;
        const char* code;
        Error::Kind kind;
        bool is_throttled;
    };
    const http::Request request{.doing = "uploading", .object = "name"};
    for (const auto& row : {
             Row{400, "Md5Mismatch", Error::Kind::corrupt, false},
             Row{400, "InvalidHeaderValue", Error::Kind::invalid, false},
             Row{403, "AuthenticationFailed", Error::Kind::denied, false},
             Row{404, "ContainerNotFound", Error::Kind::not_found, false},
             Row{409, "BlobArchived", Error::Kind::invalid, false},
             Row{409, "ContainerBeingDeleted", Error::Kind::unreachable, true},
             Row{412, "LeaseIdMissing", Error::Kind::invalid, false},
             Row{500, "OperationTimedOut", Error::Kind::unreachable, false},
             Row{503, "ServerBusy", Error::Kind::unreachable, true},
         }) {
        CAPTURE(row.code);
        const auto error =
            azure::error_from(request, answer(row.status, error_text(row.code, "why").c_str()));
        CHECK(error.kind() == row.kind);
        CHECK((error.fact("throttled") != nullptr) == row.is_throttled);
        const std::string words = error.what();
        CHECK(words.find(row.code) != std::string::npos);
        CHECK(words.find("why") != std::string::npos);
        CHECK(words.find("RequestId") == std::string::npos);
        CHECK(error.object() == "name");
    }
}

TEST_CASE("a refused date points to the clock")
{
    const auto text = error_text("AuthenticationFailed", "Server failed to authenticate it.");
    const auto with_detail = text.substr(0, text.find("</Error>")) +
                             "<AuthenticationErrorDetail>Request date header "
                             "too old</AuthenticationErrorDetail></Error>";
    const auto error = azure::error_from({.doing = "listing"}, answer(403, with_detail.c_str()));
    CHECK(error.hint().find("clock") != std::string::npos);
}
